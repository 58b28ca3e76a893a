import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import { NO_LIMITS } from '@sluice/core/tasks/rate-limits.ts';
import { FREE } from '@sluice/core/tasks/attempt-report.ts';
import { WorkSessions } from '@sluice/server/api/grpc/work-sessions.ts';
import { taskRouter } from '@sluice/server/routing/tasks/task-router.ts';
import { Dispatcher } from '@sluice/server/tasks/dispatcher.ts';
import { endDesk } from '@sluice/server/tasks/end-desk.ts';
import { DEFAULT_RETRY_BUDGET, retryBudget } from '@sluice/server/tasks/retry-budget.ts';
import { scoreDesk } from '@sluice/server/tasks/score-desk.ts';
import { storedTasks } from '@sluice/server/tasks/stored-tasks.ts';
import { timedDesk } from '@sluice/server/tasks/attempt-clock.ts';
import { type KnownTerms, NO_TERMS, type TaskTerms } from '@sluice/server/tasks/task-terms.ts';
import { withLimits } from '@sluice/server/tasks/limited-claims.ts';
import { secondChances } from '@sluice/server/tasks/second-chances.ts';
import { type ShadowDesk, shadowDesk } from '@sluice/server/tasks/shadow-desk.ts';
import type { TaskEngine } from '@sluice/server/tasks/task-engine.ts';
import type { TaskRecords } from '@sluice/server/tasks/task-records.ts';
import type { TaskRegistry } from '@sluice/server/tasks/task-registry.ts';
import { waitingLimits } from '@sluice/server/tasks/waiting-limits.ts';
import { boardedDesk } from '@sluice/server/tasks/worker-board.ts';
import { memoryLines } from './memory-lines.ts';
import { WatchedBoard } from './watched-board.ts';
import { taskClock } from '@sluice/server/tasks/task-clock.ts';
import { taskDesk } from '@sluice/server/tasks/task-desk.ts';
import type { Timers } from '@sluice/server/tasks/timers.ts';
import { workerDesk } from '@sluice/server/tasks/worker-desk.ts';
import { type Carry, memoryEngine } from './memory-engine.ts';
import { memoryRecords } from './memory-records.ts';
import { LEASE_MS, type ServerInStory, type ServerParts, TENANT } from './story-of-tasks.ts';
import type { TaskSurroundings } from './task-surroundings.ts';

const RETRY = { ...DEFAULT_RETRY_POLICY, initialMs: 200 };

/** A server process: what production runs, over a simulated store, clock and net. It may die at any statement. */
export class SimulatedServer implements ServerInStory {
  readonly index: number;
  readonly #around: TaskSurroundings;
  readonly #skewMs: number;
  readonly #terms: KnownTerms;
  /** Called when it dies; those who are connected notice. */
  readonly #mourners = new Set<() => void>();
  /** Counts lives: nothing of an earlier one happens any more. */
  #life = 0;
  #stillUntil = 0;
  #parts: ServerParts | null = null;

  constructor(index: number, around: TaskSurroundings) {
    this.index = index;
    this.#around = around;
    const termsOf = (revision: RevisionId): TaskTerms => {
      const { attemptMs, limits } = around.script;
      return { ...NO_TERMS, timeoutMs: attemptMs, limits: limits[revision] ?? NO_LIMITS };
    };
    this.#terms = {
      of: async (_tenant, _queue, revision) => termsOf(revision),
      known: (_tenant, _queue, revision) => termsOf(revision),
    };
    const { skewMs } = around.script;
    this.#skewMs = index === 0 ? 0 : around.chance.whole(-skewMs, skewMs);
  }

  /** Null while it is down. */
  get parts(): ServerParts | null {
    return this.#parts;
  }

  get name(): string {
    return `server ${'ABC'[this.index] ?? this.index}`;
  }

  start(): void {
    if (this.#parts !== null) return;
    this.#life += 1;
    this.#around.story.tell(() => `${this.name} starts`);
    this.#parts = this.#assemble();
  }

  die(): void {
    if (this.#parts === null) return;
    this.#around.story.tell(() => `${this.name} dies`);
    this.#life += 1;
    this.#parts = null;
    for (const mourner of this.#mourners) mourner();
    this.#mourners.clear();
  }

  /** Does nothing for a while, and then goes on as if nothing had been. */
  standStill(forMs: number): void {
    this.#around.story.tell(() => `${this.name} stands still`);
    this.#stillUntil = Math.max(this.#stillUntil, this.#around.queue.now + forMs);
  }

  /** Calls back when it dies; gives what takes that back. */
  mournedBy(mourner: () => void): () => void {
    this.#mourners.add(mourner);
    return () => void this.#mourners.delete(mourner);
  }

  /** Lets something happen in this life of the server, once it is awake. */
  happens(happen: () => void, life = this.#life): void {
    if (life !== this.#life || this.#parts === null) return;
    const { queue } = this.#around;
    if (queue.now < this.#stillUntil) queue.at(this.#stillUntil, () => this.happens(happen, life));
    else happen();
  }

  /** Lets something happen later in this life. */
  later(delayMs: number, happen: () => void): void {
    const life = this.#life;
    this.#around.queue.after(delayMs, () => this.happens(happen, life));
  }

  #timers(): Timers {
    const { queue } = this.#around;
    const life = this.#life;
    const once = (delayMs: number, happen: () => void): (() => void) => {
      let isWanted = true;
      queue.after(delayMs, () => this.happens(() => isWanted && happen(), life));
      return () => {
        isWanted = false;
      };
    };
    const every = (periodMs: number, happen: () => void): (() => void) => {
      let stop = (): void => undefined;
      const again = (): void => {
        stop = once(periodMs, () => {
          happen();
          again();
        });
      };
      again();
      return () => stop();
    };
    return { elapsedMs: () => queue.now, after: once, every };
  }

  /** A statement on its way to the database and back. */
  #carry(): Carry {
    const { queue, chance, faults } = this.#around;
    const life = this.#life;
    return <Answer>(statement: string, run: () => Answer | Promise<Answer>) => {
      const answered = Promise.withResolvers<Answer>();
      const failed = faults.failure(statement);
      const death = faults.deathOf(this.index);
      queue.after(chance.between(0.2, 2) + faults.slownessMs(), () => {
        if (death === 'before') this.die();
        // What a server that died had sent may still be carried out.
        if (life !== this.#life && !chance.happens(0.5)) return;
        if (failed !== null && failed.moment === 'before')
          return this.#answer(life, () => answered.reject(failed.error));
        const answer = run();
        if (death === 'after') this.die();
        this.#answer(life, () =>
          failed === null ? answered.resolve(answer) : answered.reject(failed.error),
        );
      });
      return answered.promise;
    };
  }

  #answer(life: number, answer: () => void): void {
    const { queue, chance } = this.#around;
    queue.after(chance.between(0.2, 2), () => this.happens(answer, life));
  }

  #assemble(): ServerParts {
    const { store, chance, queue, watch, script } = this.#around;
    const timers = this.#timers();
    const carry = this.#carry();
    const log = { warn: () => undefined, info: () => undefined };
    const now = (): number => Math.round(queue.now + this.#skewMs);
    const elapsedMs = (): number => queue.now;
    const lines = memoryLines(store, carry);
    const engine = withLimits(memoryEngine(store, carry), { lines, terms: this.#terms, elapsedMs });
    const records = memoryRecords(store, carry);
    const board = new WatchedBoard(now, watch);
    const dispatcher = new Dispatcher({ engine, log, leaseMs: LEASE_MS, timers, balance: board });
    const taken = (tenant: string, track: TrackId): void => {
      dispatcher.wake(tenant, track);
      this.#around.ring(this.index);
    };
    const shared = {
      ...{ now, budget: retryBudget(DEFAULT_RETRY_BUDGET), chance: () => chance.between(0, 1) },
      policyOf: async () => ({ retry: RETRY, prices: FREE }),
      outcomes: watch.outcomes,
    };
    const served = { engine, carry, now, taken };
    const shadows = this.#shadows(served);
    taskClock({
      ...{ ...shared, engine, log, timers, leaseMs: LEASE_MS, due: () => dispatcher.wakeAll() },
      compare: (limit) => shadows.compareAll(limit),
    });
    secondChances(TENANT, {
      ...{ records, taken, log, timers },
      condemned: async () => [this.#around.takenBack() ?? []].flat(),
      letters: (revision, limit) => carry('letters', () => store.lettersOf(revision, limit)),
    });
    const atDesk = boardedDesk(workerDesk({ ...shared, dispatcher, ends: endDesk(engine) }), board, now);
    const workers = timedDesk(atDesk, { now, timers, terms: this.#terms, failed: () => undefined });
    const sessions = new WorkSessions();
    const router = taskRouter({
      deal: (wished) => engine.deal(TENANT, wished),
      dealt: (track) => engine.dealt(TENANT, track),
      move: (left) => carry('move', () => store.move(TENANT, left)),
      ...(script.replay > 0 && { replay: (track) => shadows.replay(TENANT, track, script.replay) }),
      ...{ unfinished: script.unfinished, pinMs: script.pinMs },
    });
    const registry = this.#registry(served, { records, dispatcher, sessions, shadows });
    return { registry, router, workers, sessions, dispatcher };
  }

  /** What people are served with. */
  #registry(
    { engine, carry, now, taken }: Served,
    parts: Pick<ServerParts, 'dispatcher' | 'sessions'> & {
      readonly records: TaskRecords;
      readonly shadows: ShadowDesk;
    },
  ): TaskRegistry {
    const { store, queue, script, newId } = this.#around;
    const { records, dispatcher, sessions, shadows } = parts;
    const elapsedMs = (): number => queue.now;
    const desk = taskDesk({
      ...{ engine, now, taken, newId, terms: this.#terms },
      lastOf: (tenant, which) => carry('lastOf', () => store.lastOf(tenant, which)),
      copy: (tenant, tasks) => void shadows.copy(tenant, tasks).catch(() => undefined),
    });
    return storedTasks(TENANT, {
      ...{ records, desk, taken, elapsedMs, mostOpen: script.mostOpen },
      waiting: waitingLimits({
        ...{ engine, terms: this.#terms, elapsedMs },
        countWaiting: (tenant, which) => carry('countWaiting', () => store.countWaiting(tenant, which)),
      }),
      revoked: (id) => dispatcher.revoked(id),
      // Nobody judges work in these stories.
      scores: scoreDesk({ now, write: async () => null, outcomes: { score: () => undefined } }),
      workers: {
        connected: () => dispatcher.connected(),
        drain: (tenant, worker) => sessions.drainWorker(tenant, worker),
      },
    });
  }

  #shadows({ engine, carry, now, taken }: Served): ShadowDesk {
    const { store, watch, newId } = this.#around;
    return shadowDesk({
      ...{ engine, now, newId, taken, outcomes: watch.outcomes },
      recorded: (tenant, { queue, limit }) => carry('recorded', () => store.recorded(tenant, queue, limit)),
      compare: (limit) => carry('compare', () => store.compare(limit)),
    });
  }
}

interface Served {
  readonly engine: TaskEngine;
  readonly carry: Carry;
  readonly now: () => number;
  readonly taken: (tenant: string, track: TrackId) => void;
}
