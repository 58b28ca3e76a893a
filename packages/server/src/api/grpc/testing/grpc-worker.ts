import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { createClient, type Transport } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import {
  type AssignTask,
  type WorkResponse,
  WorkerService,
  WorkRequestSchema,
} from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { Outbox } from '../outbox.ts';

type Said = NonNullable<MessageInitShape<typeof WorkRequestSchema>['message']>;

/** A worker over a real connection that says what the test says. */
export class GrpcWorker {
  readonly heard: WorkResponse['message'][] = [];
  /** What to do with each answer; nothing at first. */
  onHeard: (message: WorkResponse['message']) => void = () => undefined;
  /** Resolves to what the session ended with; to null when it ended well. */
  readonly ended: Promise<unknown>;
  readonly #leaving = new AbortController();
  readonly #said = new Outbox<MessageInitShape<typeof WorkRequestSchema>>({
    stallMs: 60_000,
    stalled: () => undefined,
  });

  constructor(url: string, transport: Transport = createGrpcTransport({ baseUrl: url })) {
    const client = createClient(WorkerService, transport);
    this.ended = this.#listen(client.work(this.#words(), { signal: this.#leaving.signal }));
  }

  async *#words() {
    for await (const word of this.#said) yield create(WorkRequestSchema, word);
  }

  say(message: Said): void {
    this.#said.push({ message });
  }

  get assigned(): readonly AssignTask[] {
    return this.heard.flatMap((message) => (message.case === 'assign' ? [message.value] : []));
  }

  /** Says that it says no more. */
  hangUp(): void {
    this.#said.end();
  }

  /** Breaks off, as after a kill. */
  die(): void {
    this.#leaving.abort();
    this.#said.end();
  }

  async #listen(answers: AsyncIterable<WorkResponse>): Promise<unknown> {
    try {
      for await (const { message } of answers) {
        this.heard.push(message);
        this.onHeard(message);
      }
      return null;
    } catch (thrown) {
      return thrown;
    }
  }
}
