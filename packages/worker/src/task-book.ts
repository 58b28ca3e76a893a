/**
 * Purpose: what a worker has taken on, over all its sessions.
 *
 * Owns, in memory: attempts that run, and words that the server has not settled. 1. No more tasks are asked for than
 * places are free; what comes beyond that goes back. 2. A word stays until it is settled, and is said again in each new
 * session. 3. After `stopTaking` nothing begins any more. 4. Unsettled words beyond as many as there are places take places, so that a
 * server that settles nothing is not asked for more.
 */
import type {
  AssignTask,
  TaskSettled,
  Welcome,
  WorkRequest,
} from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import type { Outbox } from './outbox.ts';
import type { AttemptRun } from './run-attempt.ts';
import type { AbortReason } from './task-error.ts';
import type { ReportSink } from './worker-report.ts';
import { type AttemptName, returnRequest } from './work-requests.ts';

/** Most tasks that a server lets one worker have and want together, unsettled ones included. */
export const MOST_TASKS = 1_000;

/** What a book works with. */
export interface TaskBookPorts {
  /** Most tasks at the same time. */
  readonly concurrency: number;
  readonly outbox: Pick<Outbox, 'send' | 'want' | 'restart'>;
  readonly run: (assigned: AssignTask) => AttemptRun;
  readonly report: ReportSink;
}

interface Running extends AttemptName {
  readonly run: AttemptRun;
}

interface Unsettled extends AttemptName {
  readonly word: WorkRequest;
}

/** Attempts and their words; starts empty and without a session. */
export class TaskBook {
  readonly #ports: TaskBookPorts;
  readonly #running = new Map<string, Running>();
  readonly #unsettled = new Map<string, Unsettled>();
  readonly #idlers = new Set<() => void>();
  #asked = 0;
  #hasSession = false;
  #isStopping = false;

  constructor(ports: TaskBookPorts) {
    this.#ports = ports;
  }

  /** What is claimed when a session begins: the latest attempt at each task. */
  held(): readonly AttemptName[] {
    const latest = new Map<string, AttemptName>();
    for (const { taskId, attempt } of [...this.#unsettled.values(), ...this.#running.values()])
      if (attempt > (latest.get(taskId)?.attempt ?? 0)) latest.set(taskId, { taskId, attempt });
    return [...latest.values()];
  }

  /** A session has begun: goes on with what the server left it, says again what was not settled, asks for more. */
  welcomed({ heldTaskIds }: Pick<Welcome, 'heldTaskIds'>): void {
    const { outbox } = this.#ports;
    const held = new Set(heldTaskIds);
    for (const one of this.#running.values()) if (!held.has(one.taskId)) one.run.abort('lost');
    this.#hasSession = true;
    this.#asked = 0;
    outbox.restart();
    for (const { word } of this.#unsettled.values()) outbox.send(word);
    this.#wantMore();
  }

  /** The session is over: what is to be said waits for the next one. */
  lost(): void {
    this.#hasSession = false;
  }

  assigned(task: AssignTask): void {
    this.#asked = Math.max(0, this.#asked - 1);
    if (this.#running.has(keyOf(task))) return;
    // A later attempt means that the earlier one was taken away, even where that word got lost.
    for (const one of this.#running.values()) if (one.taskId === task.taskId) one.run.abort('revoked');
    if (this.#isStopping || this.#running.size >= this.#ports.concurrency)
      this.#say(task, returnRequest(task));
    else this.#begin(task);
  }

  revoked(name: AttemptName): void {
    this.#running.get(keyOf(name))?.run.abort('revoked');
  }

  settled({ taskId, attempt, isCounted }: Pick<TaskSettled, 'taskId' | 'attempt' | 'isCounted'>): void {
    if (!this.#unsettled.delete(keyOf({ taskId, attempt }))) return;
    if (!isCounted) this.#ports.report({ kind: 'uncounted', taskId, attempt });
    this.#changed();
  }

  /** Begins nothing any more: what still comes goes back at once. */
  stopTaking(): void {
    this.#isStopping = true;
  }

  abortAll(reason: AbortReason): void {
    for (const one of this.#running.values()) one.run.abort(reason);
  }

  /** Resolves when nothing runs and everything is settled. */
  idle(): Promise<void> {
    const idle = Promise.withResolvers<void>();
    this.#idlers.add(idle.resolve);
    this.#changed();
    return idle.promise;
  }

  #begin(task: AssignTask): void {
    const { taskId, attempt } = task;
    const run = this.#ports.run(task);
    this.#running.set(keyOf(task), { taskId, attempt, run });
    void run.ended.then((word) => {
      this.#running.delete(keyOf(task));
      if (word !== null) this.#say(task, word);
      this.#changed();
    });
  }

  #say({ taskId, attempt }: AttemptName, word: WorkRequest): void {
    this.#unsettled.set(keyOf({ taskId, attempt }), { taskId, attempt, word });
    // Without a session it is said as soon as there is one.
    if (this.#hasSession) this.#ports.outbox.send(word);
  }

  #changed(): void {
    this.#wantMore();
    if (this.#running.size > 0 || this.#unsettled.size > 0) return;
    for (const resolve of this.#idlers) resolve();
    this.#idlers.clear();
  }

  #wantMore(): void {
    if (!this.#hasSession || this.#isStopping) return;
    const { concurrency, outbox } = this.#ports;
    const spare = Math.min(concurrency, MOST_TASKS - concurrency);
    const free = concurrency - this.#running.size - Math.max(0, this.#unsettled.size - spare) - this.#asked;
    if (free <= 0) return;
    this.#asked += free;
    outbox.want(free);
  }
}

const keyOf = ({ taskId, attempt }: AttemptName): string => `${taskId} ${attempt}`;
