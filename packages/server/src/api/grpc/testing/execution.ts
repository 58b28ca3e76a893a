import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type CallOptions, createClient, type Transport } from '@connectrpc/connect';
import {
  AgentService,
  type ExecuteAgentRequestSchema,
  type ExecuteAgentResponse,
  TaskControlSchema,
  type TaskEnded,
  type TaskEvent,
  type TaskTaken,
} from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { Outbox } from '../outbox.ts';

type Said = MessageInitShape<typeof ExecuteAgentRequestSchema>;
type Start = Extract<NonNullable<Said['message']>, { case: 'start' }>['value'];

/** A caller who runs one task and listens. */
export class Execution {
  readonly heard: ExecuteAgentResponse['message'][] = [];
  /** Resolves to what the call ended with; to null when it ended well. */
  readonly ended: Promise<unknown>;
  readonly #leaving = new AbortController();
  readonly #said = new Outbox<Said>({ stallMs: 60_000, stalled: () => undefined });

  constructor(transport: Transport, start: Start, options: CallOptions = {}) {
    this.say({ message: { case: 'start', value: start } });
    const signal = this.#leaving.signal;
    this.ended = this.#listen(
      createClient(AgentService, transport).executeAgent(this.#said, { ...options, signal }),
    );
  }

  say(word: Said): void {
    this.#said.push(word);
  }

  cancel(): void {
    const control = create(TaskControlSchema, { control: { case: 'cancel', value: { reason: 'enough' } } });
    this.say({ message: { case: 'control', value: control } });
  }

  /** Says that it says no more. */
  hangUp(): void {
    this.#said.end();
  }

  leave(): void {
    this.#leaving.abort();
    this.#said.end();
  }

  get taken(): readonly TaskTaken[] {
    return this.heard.flatMap((message) => (message.case === 'taken' ? [message.value] : []));
  }

  get events(): readonly TaskEvent[] {
    return this.heard.flatMap((message) => (message.case === 'event' ? [message.value] : []));
  }

  get ends(): readonly TaskEnded[] {
    return this.heard.flatMap((message) => (message.case === 'ended' ? [message.value] : []));
  }

  async #listen(answers: AsyncIterable<ExecuteAgentResponse>): Promise<unknown> {
    try {
      for await (const { message } of answers) this.heard.push(message);
      return null;
    } catch (thrown) {
      return thrown;
    }
  }
}
