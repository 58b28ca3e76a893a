/**
 * Purpose: what a worker has taken on, over all its sessions.
 *
 * Owns, in memory: attempts that run, and words that the server has not settled. 1. No more tasks are asked for than
 * places are free; what comes beyond that goes back. 2. A word stays until it is settled, and is said again in each new
 * session. 3. After `stopTaking` nothing begins any more. 4. Unsettled words beyond `concurrency` take places, so that a
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

/** What a book works with. */
export interface TaskBookPorts {
  /** Most tasks at the same time. */
  readonly concurrency: number;
  readonly outbox: Pick<Outbox, 'send' | 'want' | 'restart'>;
  readonly run: (assigned: AssignTask) => AttemptRun;
  readonly report: ReportSink;
}

/** Attempts and their words. */
export interface TaskBook {
  /** What is claimed when a session begins: the latest attempt at each task. */
  held(): readonly AttemptName[];
  /** A session has begun: goes on with what the server left it, says again what was not settled, asks for more. */
  welcomed(welcome: Pick<Welcome, 'heldTaskIds'>): void;
  /** The session is over: what is to be said waits for the next one. */
  lost(): void;
  assigned(task: AssignTask): void;
  revoked(name: AttemptName): void;
  settled(answer: Pick<TaskSettled, 'taskId' | 'attempt' | 'isCounted'>): void;
  /** Begins nothing any more: what still comes goes back at once. */
  stopTaking(): void;
  abortAll(reason: AbortReason): void;
  /** Resolves when nothing runs and everything is settled. */
  idle(): Promise<void>;
}

interface Running extends AttemptName {
  readonly run: AttemptRun;
}

interface Unsettled extends AttemptName {
  readonly word: WorkRequest;
}

/** Starts empty and without a session. */
export function taskBook({ concurrency, outbox, run, report }: TaskBookPorts): TaskBook {
  const running = new Map<string, Running>();
  const unsettled = new Map<string, Unsettled>();
  const idlers = new Set<() => void>();
  let asked = 0;
  let hasSession = false;
  let isStopping = false;

  const wantMore = (): void => {
    if (!hasSession || isStopping) return;
    const free = concurrency - running.size - Math.max(0, unsettled.size - concurrency) - asked;
    if (free <= 0) return;
    asked += free;
    outbox.want(free);
  };
  const changed = (): void => {
    wantMore();
    if (running.size > 0 || unsettled.size > 0) return;
    for (const resolve of idlers) resolve();
    idlers.clear();
  };
  const say = ({ taskId, attempt }: AttemptName, word: WorkRequest): void => {
    unsettled.set(keyOf({ taskId, attempt }), { taskId, attempt, word });
    // Without a session it is said as soon as there is one.
    if (hasSession) outbox.send(word);
  };
  const begin = (task: AssignTask): void => {
    const { taskId, attempt } = task;
    const attemptRun = run(task);
    running.set(keyOf(task), { taskId, attempt, run: attemptRun });
    void attemptRun.ended.then((word) => {
      running.delete(keyOf(task));
      if (word !== null) say(task, word);
      changed();
    });
  };

  return {
    held: () => {
      const latest = new Map<string, AttemptName>();
      for (const { taskId, attempt } of [...unsettled.values(), ...running.values()])
        if (attempt > (latest.get(taskId)?.attempt ?? 0)) latest.set(taskId, { taskId, attempt });
      return [...latest.values()];
    },
    welcomed: ({ heldTaskIds }) => {
      const held = new Set(heldTaskIds);
      for (const one of running.values()) if (!held.has(one.taskId)) one.run.abort('lost');
      hasSession = true;
      asked = 0;
      outbox.restart();
      for (const { word } of unsettled.values()) outbox.send(word);
      wantMore();
    },
    lost: () => {
      hasSession = false;
    },
    assigned: (task) => {
      asked = Math.max(0, asked - 1);
      if (running.has(keyOf(task))) return;
      // A later attempt means that the earlier one was taken away, even where that word got lost.
      for (const one of running.values()) if (one.taskId === task.taskId) one.run.abort('revoked');
      if (isStopping || running.size >= concurrency) say(task, returnRequest(task));
      else begin(task);
    },
    revoked: (name) => running.get(keyOf(name))?.run.abort('revoked'),
    settled: ({ taskId, attempt, isCounted }) => {
      if (!unsettled.delete(keyOf({ taskId, attempt }))) return;
      if (!isCounted) report({ kind: 'uncounted', taskId, attempt });
      changed();
    },
    stopTaking: () => {
      isStopping = true;
    },
    abortAll: (reason) => {
      for (const one of running.values()) one.run.abort(reason);
    },
    idle: () => {
      const idle = Promise.withResolvers<void>();
      idlers.add(idle.resolve);
      changed();
      return idle.promise;
    },
  };
}

const keyOf = ({ taskId, attempt }: AttemptName): string => `${taskId} ${attempt}`;
