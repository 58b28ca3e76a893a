/**
 * Purpose: everything that runs while tasks are taken in and given to workers, put together over one database.
 *
 * Owns the timers and what its parts own. Any number of servers may do this over the same database.
 */
import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import { FREE } from '@sluice/core/tasks/attempt-report.ts';
import { countWaiting } from '../store/tasks/limits-room.ts';
import { announceQueues } from '../store/tasks/announce-queues.ts';
import { comparePairs, recordedTasks } from '../store/tasks/shadow-tasks.ts';
import { sessionRevisions } from '../store/tasks/session-revisions.ts';
import { putScores } from '../store/tasks/task-scores.ts';
import { putOutcomes } from '../store/tasks/task-outcomes.ts';
import type { Database } from '../store/database/open-database.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { AttemptPolicies, AttemptPolicy } from './attempt-policies.ts';
import { timedDesk } from './attempt-clock.ts';
import { Dispatcher } from './dispatcher.ts';
import { endDesk } from './end-desk.ts';
import { latestFew } from './latest-few.ts';
import { withLimits } from './limited-claims.ts';
import { outcomeBook } from './outcome-book.ts';
import { postgresLimitedLines } from './postgres-limited-lines.ts';
import { postgresTaskEngine } from './postgres-task-engine.ts';
import { DEFAULT_RETRY_BUDGET, retryBudget } from './retry-budget.ts';
import { announcedQueue, taskBell } from './task-bell.ts';
import { taskClock } from './task-clock.ts';
import { type ScoreDesk, scoreDesk } from './score-desk.ts';
import { type ShadowDesk, shadowDesk, type ShadowDeskPorts } from './shadow-desk.ts';
import { newTaskId } from './task-id.ts';
import { type TaskDesk, taskDesk, type TaskDeskPorts } from './task-desk.ts';
import type { TaskEngine } from './task-engine.ts';
import { knownTerms } from './task-terms.ts';
import { type WaitingLimits, waitingLimits } from './waiting-limits.ts';
import { type TaskWatch, UNWATCHED, watchedBook, watchedEngine } from './task-watch.ts';
import { boardedDesk, WorkerBoard } from './worker-board.ts';
import { type WorkerDesk, workerDesk } from './worker-desk.ts';

/** What tasks run over. */
export interface TaskParts {
  readonly db: Database;
  /** Names this server in what it writes. */
  readonly holder: string;
  readonly log: Logger;
  readonly now: () => Instant;
  /** Keeps the payloads that inputs stand for; without it nobody does. */
  readonly hold?: NonNullable<TaskDeskPorts['hold']>;
  /** Who looks on; nobody when it is left out. */
  readonly watch?: TaskWatch;
  /** A revision as it is stored; null when nobody knows it. */
  readonly revision: (tenant: string, track: TrackId, id: RevisionId) => Promise<RevisionRecord | null>;
}

/** What runs while tasks are served. */
export interface RunningTasks {
  readonly engine: TaskEngine;
  readonly desk: TaskDesk;
  readonly workers: WorkerDesk;
  readonly waiting: WaitingLimits;
  readonly dispatcher: Dispatcher;
  readonly scores: ScoreDesk;
  readonly shadows: Pick<ShadowDesk, 'replay'>;
  /** How long a worker may be silent, in ms. */
  readonly leaseMs: number;
  /** Something waits in a queue: tells the workers here, and the other servers. */
  taken(tenant: string, queue: TrackId): void;
  /** Another server, or this one, has announced a queue. */
  heard(payload: string): void;
  /** Nobody has listened for a while. */
  wakeAll(): void;
  close(): Promise<void>;
}

/** Long enough for a pause of a busy machine; a task whose worker dies waits so long for another one. In ms. */
const LEASE_MS = 15_000;

/** Starts everything that tasks need. */
export function runTasks({
  hold,
  db,
  holder,
  log,
  now,
  revision,
  watch = UNWATCHED,
}: TaskParts): RunningTasks {
  const failed = (what: string) => (thrown: unknown) =>
    log.warn({ reason: SluiceError.from(thrown, what).message }, 'something about tasks failed');
  const terms = knownTerms(revision);
  const elapsedMs = (): number => performance.now();
  const limits = { lines: postgresLimitedLines(db), terms, elapsedMs };
  const engine = watchedEngine(withLimits(postgresTaskEngine(db), limits), watch);
  const book = outcomeBook({
    write: (tenant, seconds) => putOutcomes(db, tenant, holder, seconds),
    failed: failed('counting what tasks came to'),
  });
  const outcomes = watchedBook(book, watch);
  const board = new WorkerBoard(now);
  const served = new Dispatcher({ engine, log, leaseMs: LEASE_MS, balance: board });
  const bell = taskBell({
    announce: (payloads) => announceQueues(db, payloads),
    failed: failed('announcing tasks'),
  });
  const taken = (tenant: string, queue: TrackId): void => {
    served.wake(tenant, queue);
    bell.ring(tenant, queue);
  };
  const shared = {
    ...{ outcomes, now, budget: retryBudget(DEFAULT_RETRY_BUDGET), chance: Math.random },
    policyOf: rememberedPolicies(revision),
  };
  const shadows = shadowsOver(db, { engine, outcomes, now, taken });
  const clock = taskClock({
    ...{ ...shared, engine, log, leaseMs: LEASE_MS },
    compare: (limit) => shadows.compareAll(limit),
    due: () => served.wakeAll(),
  });
  const atDesk = workerDesk({ ...shared, dispatcher: served, ends: endDesk(engine) });
  return {
    ...{ engine, dispatcher: served, leaseMs: LEASE_MS, taken },
    desk: taskDesk({
      ...{ engine, now, terms, taken },
      lastOf: (tenant, which) => sessionRevisions(db, tenant, which),
      copy: (tenant, tasks) => void shadows.copy(tenant, tasks).catch(failed('copying tasks')),
      ...(hold && { hold }),
    }),
    shadows,
    workers: timedDesk(boardedDesk(atDesk, board, now), {
      ...{ terms, now, failed: failed('ending an attempt that took too long') },
    }),
    waiting: waitingLimits({
      ...{ engine, terms, elapsedMs },
      countWaiting: (tenant, which) => countWaiting(db, tenant, which),
    }),
    scores: scoreDesk({ write: (tenant, scores) => putScores(db, tenant, scores), outcomes, now }),
    heard: (payload) => {
      const announced = announcedQueue(payload);
      if (announced) served.wake(announced.tenant, announced.queue);
    },
    wakeAll: () => served.wakeAll(),
    close: async () => {
      served.close();
      await Promise.all([clock.stop(), bell.close()]);
      await outcomes.close();
    },
  };
}

const shadowsOver = (
  db: Database,
  ports: Pick<ShadowDeskPorts, 'engine' | 'outcomes' | 'now' | 'taken'>,
): ShadowDesk =>
  shadowDesk({
    ...{ ...ports, newId: newTaskId },
    recorded: (tenant, which) => recordedTasks(db, tenant, which),
    compare: (limit) => comparePairs(db, limit),
  });

/** Revisions whose policies are remembered. */
const MOST_POLICIES = 1_000;

/** What a revision is does not change, so that its policy is read once. */
function rememberedPolicies(revision: TaskParts['revision']): AttemptPolicies {
  const known = latestFew<AttemptPolicy>(MOST_POLICIES);
  return async (tenant, queue, id) => {
    const key = `${tenant} ${queue} ${id}`;
    const present = known.get(key);
    if (present) return present;
    const record = await revision(tenant, queue, id);
    const { retry = DEFAULT_RETRY_POLICY, prices = FREE } = record?.component.agents ?? {};
    const policy = { retry, prices };
    if (record) known.set(key, policy);
    return policy;
  };
}
