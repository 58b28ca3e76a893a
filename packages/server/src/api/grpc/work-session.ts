/**
 * Purpose: one connected worker over a stream of messages, from its welcome to its end.
 *
 * Owns the visit at the worker desk, and what is to be sent. 1. Whatever ends the session closes the visit; its leases stay
 * until they end, so that the worker may come back with what it has, unless it said itself that it has said everything: then
 * others get what it had. 2. A worker that does not read, or is silent for as long
 * as a lease, is cut. 3. The end of an attempt is answered when it was written; when that failed the session ends without an
 * answer, so that the worker says it again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import type { TaskEvent } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import {
  type LedgerHeadOffer,
  type LedgerWitnessed,
  type WorkRequest,
  type WorkResponse,
  WorkResponseSchema,
} from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import type { WorkerDoor } from '../../tasks/dispatcher.ts';
import type { WorkerHello } from '../../tasks/worker-hello.ts';
import type { TaskCheckpoints } from '../../tasks/stored-checkpoints.ts';
import type { WorkerDesk, WorkerVisit } from '../../tasks/worker-desk.ts';
import { callError } from './call-error.ts';
import { valueOfJson } from './json-value.ts';
import { Outbox } from './outbox.ts';
import { MOST_TASKS } from './worker-hello.ts';
import { endingWord, type EndingWord } from './worker-word.ts';

/** What a session works with. */
export interface WorkSessionPorts {
  readonly desk: Pick<WorkerDesk, 'welcome'>;
  /** Told what a worker says of a task that it has. */
  readonly told: (taskId: string, attempt: number, event: TaskEvent['event']) => void;
  /** Told that something has become of a task. */
  readonly changed: (taskId: string) => void;
  /** Told what the worker has of the ledger. */
  readonly witnessed: (said: LedgerWitnessed) => void;
  readonly leaseMs: number;
  /** How long a worker may leave what it was sent unread, in ms. */
  readonly stallMs: number;
  /** How far earlier attempts at a task have come. */
  readonly checkpoints: Pick<TaskCheckpoints, 'latest'>;
  /** Cuts the stream. */
  readonly cut: () => void;
}

/** A connection that is cut ends what is said as well, a moment before it is known to be cut; in ms. */
const CUT_KNOWN_MS = 100;
/** Ends of attempts that are being written at once; then the worker is read no further. */
const MOST_SETTLING = 256;

type Answer = NonNullable<MessageInitShape<typeof WorkResponseSchema>['message']>;

/** A session; `messages` is what to send. */
export class WorkSession {
  readonly hello: WorkerHello;
  readonly messages: Outbox<WorkResponse>;
  readonly #ports: WorkSessionPorts;
  readonly #visit: WorkerVisit;
  readonly #attempts = new Map<string, number>();
  readonly #settling = new Set<Promise<void>>();
  #wanted = 0;
  #silence: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(hello: WorkerHello, ports: WorkSessionPorts) {
    this.hello = hello;
    this.#ports = ports;
    this.messages = new Outbox({ stallMs: ports.stallMs, stalled: () => this.#stalled() });
    this.#visit = ports.desk.welcome(hello, {
      assign: (task) => this.#assign(task),
      revoke: ({ id, attempt }) => {
        this.#attempts.delete(id);
        this.#send({ case: 'revoke', value: { taskId: id, attempt } });
      },
    });
    this.#heard();
  }

  /** What of that it may go on with. */
  async resume(
    held: readonly { readonly id: string; readonly attempt: number }[],
  ): Promise<readonly string[]> {
    if (held.length === 0) return [];
    const kept = await this.#visit.resume(held);
    for (const { id, attempt } of held)
      if (kept.get(id)?.attempt === attempt) this.#attempts.set(id, attempt);
    return [...kept.keys()];
  }

  /** Takes what the worker says until it says no more; never rejects. */
  async listen(words: AsyncIterable<WorkRequest>): Promise<void> {
    try {
      for await (const word of words) {
        if (this.#hasEnded) return;
        this.#heard();
        this.#take(word);
        if (this.#settling.size >= MOST_SETTLING) await Promise.race(this.#settling);
      }
      await Promise.all(this.#settling);
      await delay(CUT_KNOWN_MS);
      await this.#giveAllBack();
      this.end();
    } catch (thrown) {
      this.end(callError(thrown));
    }
  }

  /** Who has said its last word can end nothing any more: others need not wait until the leases end. */
  async #giveAllBack(): Promise<void> {
    if (this.#hasEnded) return;
    this.#visit.close();
    for (const [taskId, attempt] of this.#attempts)
      this.#settle({ taskId, attempt, usage: undefined, word: { kind: 'returned' } });
    await Promise.all(this.#settling);
  }

  /** Gives the worker a head of the ledger. */
  offer(head: LedgerHeadOffer): void {
    this.#send({ case: 'ledgerHead', value: head });
  }

  drain(): void {
    this.#send({ case: 'drain', value: {} });
  }

  replaced(): void {
    this.end(new ConnectError('The worker has opened another session.', Code.Aborted));
  }

  /** Only the first end counts. */
  end(error?: ConnectError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#silence);
    this.#visit.close();
    this.messages.end(error);
  }

  #take(word: WorkRequest): void {
    const ending = endingWord(word);
    if (ending !== null) return this.#settle(ending);
    const { message } = word;
    this.#visit.beat();
    if (message.case === 'want') this.#want(message.value.more);
    else if (message.case === 'news') {
      const { taskId, attempt, event } = message.value;
      if (event && this.#attempts.get(taskId) === attempt) this.#ports.told(taskId, attempt, event.event);
    } else if (message.case === 'witnessed') this.#ports.witnessed(message.value);
    else if (message.case === 'hello')
      throw new ConnectError('A worker says hello once, in its first message.', Code.InvalidArgument);
  }

  #want(more: number): void {
    this.#wanted += more;
    if (this.#wanted + this.#attempts.size > MOST_TASKS)
      throw new ConnectError(
        `The worker has ${this.#attempts.size} tasks and wants ${this.#wanted} more; ${MOST_TASKS} are the most. Start more workers.`,
        Code.InvalidArgument,
      );
    this.#visit.want(more);
  }

  #assign(task: Parameters<WorkerDoor['assign']>[0]): void {
    const { id, attempt } = task;
    this.#wanted -= 1;
    this.#attempts.set(id, attempt);
    this.#ports.changed(id);
    // Nobody can have come any way before the first attempt.
    if (attempt === 1) return this.#hand(task, null);
    this.#ports.checkpoints
      .latest(this.hello.tenant, id)
      .then((checkpoint) => this.#attempts.get(id) === attempt && this.#hand(task, checkpoint))
      .catch((thrown: unknown) => this.end(callError(thrown)));
  }

  #hand(task: Parameters<WorkerDoor['assign']>[0], saved: { readonly value: unknown } | null): void {
    const { id, attempt, session, priority, deadlineAt, createdAt, shadowOf = null } = task;
    const mayAct = shadowOf === null;
    const input = valueOfJson(task.input);
    if (!input.ok) return this.#giveUp(id, attempt, input.refusal.message);
    const checkpoint = valueOfJson(saved?.value);
    return this.#send({
      case: 'assign',
      value: {
        ...{ taskId: id, attempt, input: input.value, session: session ?? '', priority, mayAct },
        ...(deadlineAt === null ? {} : { deadlineAt: timestampFromMs(deadlineAt) }),
        createdAt: timestampFromMs(createdAt),
        ...(saved && checkpoint.ok && { checkpoint: checkpoint.value }),
      },
    });
  }

  /** What cannot be said to a worker fails without it, and leaves its place free. */
  #giveUp(id: string, attempt: number, message: string): void {
    this.#attempts.delete(id);
    this.#visit
      .end(id, attempt, { kind: 'failed', failureClass: 'input', message, retryAfterMs: null })
      .then(() => this.#hasEnded || this.#want(1))
      .catch((thrown: unknown) => this.end(callError(thrown)));
  }

  #settle({ taskId, attempt, word, usage }: EndingWord): void {
    const isOurs = this.#attempts.get(taskId) === attempt;
    if (isOurs && usage) this.#ports.told(taskId, attempt, { case: 'usage', value: usage });
    const settling = this.#visit
      .end(taskId, attempt, word)
      .then((isCounted) => {
        if (this.#attempts.get(taskId) === attempt) this.#attempts.delete(taskId);
        if (isCounted) this.#ports.changed(taskId);
        this.#send({ case: 'settled', value: { taskId, attempt, isCounted } });
      })
      .catch((thrown: unknown) => this.end(callError(thrown)))
      .finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
  }

  #send(message: Answer): void {
    this.messages.push(create(WorkResponseSchema, { message }));
  }

  #heard(): void {
    clearTimeout(this.#silence);
    const { leaseMs } = this.#ports;
    this.#silence = setTimeout(() => {
      // After a pause of this process its timers come before what has arrived meanwhile: that is read first.
      this.#silence = setTimeout(() => this.#silent(), leaseMs / 10);
    }, leaseMs);
  }

  #silent(): void {
    const words = `Nothing was heard of the worker for ${this.#ports.leaseMs} ms.`;
    this.end(new ConnectError(words, Code.DeadlineExceeded));
  }

  #stalled(): void {
    this.end(new ConnectError('The worker does not read what it is sent.', Code.ResourceExhausted));
    this.#ports.cut();
  }
}
