/** Plays a mix in virtual time: the same tasks for every policy, with the parts of production that decide who is next. */
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { afterFailure, DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import { flowWeight, nextTag } from '@sluice/core/tasks/fair-order.ts';
import { WorkerBoard } from '@sluice/server/tasks/worker-board.ts';
import type { WorkerHello } from '@sluice/server/tasks/worker-hello.ts';
import { dealtPlaces } from './dealt-places.ts';
import { LeastFirst } from './least-first.ts';
import { isOdd, type Mix } from './mixes.ts';
import { FAILS_WITH, type PlayedTask } from './played-tasks.ts';
import type { Scheduling } from './scheduling.ts';

/** How often the dispatcher looks for what nobody announced, in ms. */
const POLL_MS = 500;
/** For so long a task that is tried again is left to others, in ms. */
const AVOIDED_MS = 500;
/** Kinds that a worker's cache holds. */
const WARM = 2;

/** What became of a task. */
export interface PlayedOutcome {
  readonly task: PlayedTask;
  readonly startedAt: number;
  /** Null where it was given up. */
  readonly endedAt: number | null;
}

interface Waiting {
  readonly task: PlayedTask;
  readonly tag: number;
  /** The tag of its flow, where it would stand without a boost: virtual time goes by that. */
  readonly flowTag: number;
  failures: number;
  startedAt: number;
  avoids: PlayedWorker | null;
  dueAt: number;
}

interface Attempt {
  readonly waiting: Waiting;
  readonly begunAt: number;
  readonly hasFailed: boolean;
  leftMs: number;
}

/** A worker of the played fleet. */
export interface PlayedWorker {
  readonly hello: WorkerHello;
  readonly places: number;
  readonly running: Set<Attempt>;
  readonly warm: number[];
  wanted: number;
  speed: number;
  turn: number;
  settledAt: number;
}

type Moment =
  | { readonly kind: 'comes'; readonly task: PlayedTask }
  | { readonly kind: 'due'; readonly waiting: Waiting }
  | { readonly kind: 'ends'; readonly worker: PlayedWorker; readonly turn: number }
  | { readonly kind: 'poll' };

/** Makes the policy that is played. */
export type MakeScheduling = (
  board: WorkerBoard,
  peers: readonly PlayedWorker[],
  clock: { readonly now: number },
) => Scheduling;

/** Plays all tasks to their end; gives them in the order of coming in. */
export function playMix(
  mix: Mix,
  tasks: readonly PlayedTask[],
  make: MakeScheduling,
): readonly PlayedOutcome[] {
  return new PlayedFleet(mix, tasks, make).play();
}

class PlayedFleet {
  readonly #mix: Mix;
  readonly #tasks: readonly PlayedTask[];
  readonly #clock = { now: 0 };
  readonly #moments = new LeastFirst<Moment>();
  readonly #line = new LeastFirst<Waiting>();
  readonly #flows = new Map<string, number>();
  readonly #workers: readonly PlayedWorker[];
  readonly #board = new WorkerBoard(() => this.#clock.now);
  readonly #scheduling: Scheduling;
  readonly #outcomes: PlayedOutcome[] = [];
  #served = 0;
  #isPolling = false;

  constructor(mix: Mix, tasks: readonly PlayedTask[], make: MakeScheduling) {
    this.#mix = mix;
    this.#tasks = tasks;
    this.#workers = Array.from({ length: mix.workers }, (_, nth) => playedWorker(mix, nth));
    for (const { hello } of this.#workers) this.#board.joined(hello);
    this.#scheduling = make(this.#board, this.#workers, this.#clock);
    for (const task of tasks) this.#moments.push(task.at, { kind: 'comes', task });
  }

  play(): readonly PlayedOutcome[] {
    while (this.#outcomes.length < this.#tasks.length) {
      this.#clock.now = this.#moments.least();
      const moment = this.#moments.pop();
      if (moment === undefined) break;
      this.#happens(moment);
      this.#deal();
    }
    return this.#outcomes.toSorted((a, b) => a.task.nth - b.task.nth);
  }

  #happens(moment: Moment): void {
    if (moment.kind === 'poll') this.#isPolling = false;
    else if (moment.kind === 'comes') this.#comes(moment.task);
    else if (moment.kind === 'due') this.#line.push(moment.waiting.tag, moment.waiting);
    else if (moment.turn === moment.worker.turn) this.#ends(moment.worker);
  }

  #comes(task: PlayedTask): void {
    if (this.#mix.drift === 'worker' && task.nth === this.#tasks.length >> 1) this.#drift();
    const flow = `${task.key} ${task.priority}`;
    const weight = flowWeight(1, task.priority);
    const last = nextTag(this.#flows.get(flow) ?? 0, this.#served, weight);
    this.#flows.set(flow, last);
    // In steps of its own flow: those of a flow with more weight are shorter.
    const tag = last - this.#scheduling.boostOf(task) / weight;
    const fresh = { failures: 0, startedAt: -1, avoids: null, dueAt: task.at };
    this.#line.push(tag, { task, tag, flowTag: last, ...fresh });
  }

  #drift(): void {
    for (const [nth, worker] of this.#workers.entries()) {
      if (!isOdd(nth)) continue;
      this.#settle(worker);
      worker.speed /= 4;
      this.#plan(worker);
    }
  }

  #deal(): void {
    const waiting = this.#line.size;
    if (waiting === 0) return;
    const balance = {
      roomOf: (hello: WorkerHello, wanted: number) => this.#scheduling.roomOf(hello, wanted, waiting),
      weightOf: (hello: WorkerHello, capacity: number) => this.#scheduling.weightOf(hello, capacity),
    };
    const left: Waiting[] = [];
    for (const worker of dealtPlaces(this.#workers, balance)) {
      const next = this.#next(worker, left);
      if (next === undefined) break;
      this.#starts(worker, next);
    }
    for (const each of left) this.#line.push(each.tag, each);
    if (this.#line.size > 0 && !this.#isPolling) {
      this.#isPolling = true;
      this.#moments.push(this.#clock.now + POLL_MS, { kind: 'poll' });
    }
  }

  #next(worker: PlayedWorker, left: Waiting[]): Waiting | undefined {
    for (let next = this.#line.pop(); next !== undefined; next = this.#line.pop()) {
      if (next.avoids !== worker || this.#clock.now - next.dueAt > AVOIDED_MS) return next;
      left.push(next);
    }
    return undefined;
  }

  #starts(worker: PlayedWorker, waiting: Waiting): void {
    const { task, flowTag, failures } = waiting;
    const { now } = this.#clock;
    this.#settle(worker);
    this.#served = Math.max(this.#served, flowTag);
    if (waiting.startedAt < 0) waiting.startedAt = now;
    const isWarm = worker.warm.includes(task.kind);
    const isOddOne = isOdd(this.#workers.indexOf(worker));
    const hasFailed = this.#mix.failing > 0 && isOddOne && (task.luck[failures] ?? 1) < this.#mix.failing;
    const leftMs = task.workMs * (isWarm ? 1 : this.#mix.coldness) * (hasFailed ? 0.5 : 1);
    if (!isWarm && this.#mix.coldness > 1) warmUp(worker, task.kind);
    worker.running.add({ waiting, begunAt: now, hasFailed, leftMs });
    worker.wanted -= 1;
    this.#board.given(worker.hello, nameOf(waiting));
    this.#plan(worker);
  }

  #ends(worker: PlayedWorker): void {
    this.#settle(worker);
    for (const attempt of worker.running) {
      if (attempt.leftMs > 1e-6) continue;
      worker.running.delete(attempt);
      worker.wanted += 1;
      this.#ended(worker, attempt);
    }
    this.#plan(worker);
  }

  #ended(worker: PlayedWorker, { waiting, begunAt, hasFailed }: Attempt): void {
    const { task } = waiting;
    const { now } = this.#clock;
    const tookMs = now - begunAt;
    this.#board.ended(worker.hello, nameOf(waiting), { hasFailed, durationMs: tookMs });
    this.#scheduling.ended({ now, worker: worker.hello, task, hasFailed, tookMs });
    if (!hasFailed) this.#outcomes.push({ task, startedAt: waiting.startedAt, endedAt: now });
    else this.#failed(worker, waiting);
  }

  #failed(worker: PlayedWorker, waiting: Waiting): void {
    const { task, startedAt } = waiting;
    waiting.failures += 1;
    const next = afterFailure(DEFAULT_RETRY_POLICY, {
      ...{ failureClass: FAILS_WITH, failures: waiting.failures, now: this.#clock.now, deadlineAt: null },
      ...{ retryAfterMs: null, place: 0.5, hasBudget: true },
    });
    if (next.state === 'dead') return void this.#outcomes.push({ task, startedAt, endedAt: null });
    waiting.avoids = worker;
    waiting.dueAt = next.dueAt;
    this.#moments.push(next.dueAt, { kind: 'due', waiting });
  }

  /** Brings what runs up to this moment. */
  #settle(worker: PlayedWorker): void {
    const passedMs = (this.#clock.now - worker.settledAt) * this.#rate(worker);
    for (const attempt of worker.running) attempt.leftMs -= passedMs;
    worker.settledAt = this.#clock.now;
  }

  #plan(worker: PlayedWorker): void {
    worker.turn += 1;
    let leastMs = Number.POSITIVE_INFINITY;
    for (const { leftMs } of worker.running) leastMs = Math.min(leastMs, leftMs);
    if (worker.running.size === 0) return;
    const at = this.#clock.now + Math.max(0, leastMs) / this.#rate(worker);
    this.#moments.push(at, { kind: 'ends', worker, turn: worker.turn });
  }

  #rate({ speed, running }: PlayedWorker): number {
    return speed * Math.min(1, this.#mix.coresPerWorker / Math.max(1, running.size));
  }
}

function warmUp({ warm }: PlayedWorker, kind: number): void {
  warm.push(kind);
  if (warm.length > WARM) warm.shift();
}

const nameOf = ({ task, failures }: Waiting): string => `${task.nth} ${failures}`;

const playedWorker = (mix: Mix, nth: number): PlayedWorker => ({
  hello: {
    ...{ tenant: 'default', worker: `worker-${nth}`, abilities: [] },
    ...{ queue: 'played/here/agent' as TrackId, revision: 'agent-1' as RevisionId },
  },
  ...{ places: mix.places, wanted: mix.places, running: new Set<Attempt>(), warm: [] },
  ...{ speed: isOdd(nth) ? 1 / mix.slowness : 1, turn: 0, settledAt: 0 },
});
