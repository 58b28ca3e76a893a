/**
 * Purpose: watches what is promised of tasks, by code apart from what it watches: it is told each change of the store, each
 * answer that somebody was given, and each task that was handed out.
 */
import type { Split } from '@sluice/core/traffic/split.ts';
import { hasEnded, type TaskState } from '@sluice/core/tasks/task-state.ts';
import type { TaskQueue } from '@sluice/server/store/tasks/task-queues.ts';
import type { AttemptWord } from '@sluice/server/tasks/attempt-end.ts';
import type { AttemptOutcome, OutcomeBook } from '@sluice/server/tasks/outcome-book.ts';
import { BrokenPromise } from '../checkers/broken-promise.ts';
import type { MemoryRow } from './memory-row.ts';
import type { RowChange } from './memory-tasks.ts';
import { ShareCount } from './share-count.ts';
import { type AttemptName, resultOf } from './story-of-tasks.ts';
import type { TaskScript } from './task-script.ts';

/** Ways of a task that are right; written down a second time, apart from the engine's own table. */
const WAYS: readonly string[] = [
  ...['new>waiting', 'new>scheduled', 'scheduled>waiting', 'scheduled>scheduled', 'waiting>waiting'],
  ...['waiting>running', 'running>waiting', 'running>scheduled', 'running>dead', 'running>succeeded'],
  ...['scheduled>dead', 'waiting>dead', 'dead>waiting'],
  ...['scheduled>cancelled', 'waiting>cancelled', 'running>cancelled'],
];
/** How often a task may fail; what the stories' servers are told. */
const MOST_FAILURES = 4;
/** So many retries there may be in any minute; with more of them in a story, a task may be given up early. */
const RETRY_BUDGET = 100;
/** What is never tried again. */
const FINAL_CLASSES: readonly string[] = ['input', 'refused'];
/** How late the end of an attempt may be written, in ms. */
const LATE_MS = 100;
/** After everything has come to rest nothing is given to a revision without a share once so much time has passed, in ms. */
const SETTLED_MS = 15_000;

/** Whom a watch asks. */
export interface WatchPorts {
  readonly script: TaskScript;
  readonly now: () => number;
  readonly dealt: () => TaskQueue | null;
  readonly openCount: () => number;
  /** Tasks of submits that nobody has answered yet. */
  readonly unanswered: () => number;
}

/** Sums of a story. */
export interface TaskSums {
  readonly tasks: number;
  readonly attempts: number;
  readonly succeeded: number;
  readonly dead: number;
  readonly moved: number;
}

/** All promises about tasks. */
export class TaskWatch {
  readonly outcomes: Pick<OutcomeBook, 'note'> = { note: (outcome) => this.#noted(outcome) };
  readonly #ports: WatchPorts;
  readonly #shares = new ShareCount();
  readonly #taken = new Set<string>();
  readonly #named = new Map<string, string>();
  readonly #results = new Map<string, string>();
  readonly #stood = new Map<string, { readonly split: Split; readonly revision: string }>();
  #restsAt = Number.POSITIVE_INFINITY;
  #broken: BrokenPromise | null = null;
  #ends = 0;
  #retries = 0;
  #evidence = 0;
  #sums = { tasks: 0, attempts: 0, succeeded: 0, dead: 0, moved: 0 };

  constructor(ports: WatchPorts) {
    this.#ports = ports;
  }

  get sums(): TaskSums {
    return this.#sums;
  }

  /** The first promise that was seen broken: kept, and not thrown, because it is seen deep inside what is watched. */
  get broken(): BrokenPromise | null {
    return this.#broken;
  }

  /** A statement has changed a task. */
  changed({ row, from, by }: RowChange): void {
    const way = `${from ?? 'new'}>${row.state}`;
    this.#promised('table', WAYS.includes(way), () => `task ${row.id} went ${way} by ${by}`);
    if (by === 'submit') this.#cameIn(row);
    if (by === 'claim') this.#leased(row);
    if (by === 'move') this.#sums.moved += 1;
    if (by === 'redrive') this.#hasShare(row, 'a dead letter was dealt');
    if (from === 'running' && (by === 'settle' || by === 'clock')) this.#ended(row, by);
  }

  /** Somebody who asked was told the id of a task. */
  taken(name: string | null, id: string): void {
    this.#taken.add(id);
    if (name === null) return;
    const before = this.#named.get(name);
    this.#promised(
      'idempotency',
      before === undefined || before === id,
      () => `${name} is both ${before} and ${id}`,
    );
    this.#named.set(name, id);
  }

  /** A worker was told that its word counts. */
  counted(worker: string, { id, attempt }: AttemptName, word: AttemptWord): void {
    if (word.kind !== 'done') return;
    const mine = resultOf(worker, attempt);
    const stands = this.#results.get(id);
    this.#promised(
      'no-double',
      stands === mine,
      () => `${worker} was told that ${mine} counts, and ${stands} stands`,
    );
    this.#promised('no-lie', word.result === mine, () => `${worker} was believed ${String(word.result)}`);
  }

  /** A worker was handed a task; `wanted` is what it still wants. */
  assigned(worker: string, { id }: AttemptName, wanted: number): void {
    this.#promised(
      'no-more-than-wanted',
      wanted >= 0,
      () => `${worker} was given ${id}, and did not want it`,
    );
  }

  /** Nothing goes wrong any more. */
  rests(): void {
    this.#restsAt = this.#ports.now();
  }

  /** Everything is over. */
  over(rows: readonly Readonly<MemoryRow>[]): void {
    const open = rows.filter(({ state }) => !hasEnded(state));
    this.#promised(
      'nothing-lost',
      open.length === 0,
      () => `${open.length} tasks never end: ${open.slice(0, 3).map(told).join('; ')}`,
    );
    const known = new Set(rows.map(({ id }) => id));
    for (const id of this.#taken)
      this.#promised('nothing-lost', known.has(id), () => `${id} was taken and is not there`);
    this.#promised(
      'evidence',
      this.#evidence <= this.#ends,
      () => `${this.#evidence} outcomes of ${this.#ends} ends`,
    );
    this.#shares.over((holds, words) => this.#promised('share', holds, words));
  }

  #promised(promise: string, holds: boolean, words: () => string): void {
    if (!holds) this.#broken ??= new BrokenPromise(promise, words());
  }

  #cameIn(row: Readonly<MemoryRow>): void {
    this.#sums.tasks += 1;
    const queue = this.#ports.dealt();
    this.#hasShare(row, 'a task was dealt');
    if (queue === null) return;
    const split = queue.split as Split;
    if (row.session === null) this.#shares.count(queue.generation, split, row.revision);
    else this.#sticks(split, row.session, row.revision);
    this.#hasRoom();
  }

  #hasShare({ id, revision }: Readonly<MemoryRow>, what: string): void {
    const split = this.#ports.dealt()?.split as Split | undefined;
    const has = split?.weights.some((weight) => weight.revision === revision && weight.basisPoints > 0);
    this.#promised('split-in-force', has === true, () => `${what} to ${revision}, which gets nothing: ${id}`);
  }

  /** Within a rollout a session changes sides only when the side that it is on gets less. */
  #sticks(split: Split, session: string, revision: string): void {
    const key = `${split.salt} ${session}`;
    const before = this.#stood.get(key);
    this.#stood.set(key, { split, revision });
    if (before === undefined || before.revision === revision) return;
    const [was, is] = [before.split, split].map(
      ({ weights }) => weights.find((weight) => weight.revision === before.revision)?.basisPoints ?? 0,
    );
    this.#promised(
      'sticky',
      (is ?? 0) < (was ?? 0),
      () => `session ${session} went from ${before.revision} to ${revision}`,
    );
  }

  /** Servers know of each other's tasks only when they count; of one server alone it is known exactly. */
  #hasRoom(): void {
    const { script, openCount, unanswered } = this.#ports;
    const others = script.acts.some(({ kind }) => kind === 'retry-dead');
    if (script.servers > 1 || others) return;
    const most = script.mostOpen + unanswered();
    this.#promised(
      'queue-limit',
      openCount() <= most,
      () => `${openCount()} tasks are open, and ${most} may be`,
    );
  }

  #leased(row: Readonly<MemoryRow>): void {
    this.#sums.attempts += 1;
    if (this.#ports.now() < this.#restsAt + SETTLED_MS) return;
    this.#hasShare(row, 'long after its last task a revision was given one');
  }

  #ended(row: Readonly<MemoryRow>, by: string): void {
    this.#ends += 1;
    if (row.state === 'scheduled') this.#retries += 1;
    const isLost = by === 'clock' && this.#ports.script.faults.length === 0;
    this.#promised('lease-kept', !isLost, () => `${row.worker} lives and has lost ${row.id}`);
    if (row.state === 'succeeded') this.#succeeded(row, by);
    this.#inTime(row);
    if (row.state !== 'dead') return;
    this.#sums.dead += 1;
    const { id, failure, failures, deadlineAt } = row;
    const isRight =
      this.#retries >= RETRY_BUDGET ||
      failures >= MOST_FAILURES ||
      deadlineAt !== null ||
      FINAL_CLASSES.includes(failure?.failureClass ?? '');
    this.#promised(
      'tried-enough',
      isRight,
      () => `${id} is dead after ${failures} failures: ${failure?.failureClass}`,
    );
    this.#promised(
      'tried-enough',
      failures <= MOST_FAILURES,
      () => `${id} was tried after ${failures} failures`,
    );
  }

  /** As long as nothing goes wrong no attempt takes much longer than it may. */
  #inTime({ id, startedAt }: Readonly<MemoryRow>): void {
    const { script, now } = this.#ports;
    if (script.attemptMs === null || script.faults.length > 0) return;
    const tookMs = now() - (startedAt ?? 0);
    const most = script.attemptMs + script.skewMs * 2 + LATE_MS;
    this.#promised('attempt-limit', tookMs <= most, () => `an attempt at ${id} took ${tookMs} ms`);
  }

  #succeeded({ id, worker, attempt, result }: Readonly<MemoryRow>, by: string): void {
    this.#sums.succeeded += 1;
    this.#promised('no-double', !this.#results.has(id), () => `${id} succeeded twice`);
    const right = resultOf(worker ?? '', attempt);
    this.#promised(
      'no-lie',
      result === right && by === 'settle',
      () => `${id} has ${String(result)} and not ${right}`,
    );
    this.#results.set(id, String(result));
  }

  #noted({ durationMs }: AttemptOutcome): void {
    this.#evidence += 1;
    this.#promised('evidence', durationMs >= 0, () => `an attempt took ${durationMs} ms`);
  }
}

const told = ({
  id,
  state,
  revision,
  attempt,
  lane,
}: Readonly<MemoryRow> & { readonly state: TaskState }): string =>
  `${id} ${state} on ${revision} '${lane}' after ${attempt} attempts`;
