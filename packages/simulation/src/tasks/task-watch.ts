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
import { CopyWatch } from './copy-watch.ts';
import { LabelWatch, type LabelWatchPorts } from './label-watch.ts';
import { LimitWatch } from './limit-watch.ts';
import type { RowChange } from './memory-tasks.ts';
import type { Promised, SubWatch } from './sub-watch.ts';
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
export interface WatchPorts extends LabelWatchPorts {
  readonly script: TaskScript;
  readonly dealt: () => TaskQueue | null;
  /** When the split in force was put in force. */
  readonly dealtAt: () => number;
  /** The version that was taken back last, unless another one has come after it. */
  readonly takenBack: () => string | null;
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
  /** Times that a worker was left out for its failures. */
  readonly leftOut: number;
  readonly copies: number;
  readonly secondChances: number;
}

/** All promises about tasks. */
export class TaskWatch {
  readonly outcomes: Pick<OutcomeBook, 'note' | 'pair'> = {
    note: (outcome) => this.#noted(outcome),
    pair: () => this.#copies.paired(),
  };
  readonly #copies: CopyWatch;
  readonly #limits: LimitWatch;
  readonly #others: readonly SubWatch[];
  readonly #ports: WatchPorts;
  readonly #shares = new ShareCount();
  readonly #taken = new Set<string>();
  readonly #named = new Map<string, string>();
  readonly #results = new Map<string, string>();
  readonly #stood = new Map<string, { readonly split: Split; readonly revision: string }>();
  /** Where the last task of each session is, and since when it is there. */
  readonly #homes = new Map<
    string,
    { readonly id: string; readonly revision: string; readonly at: number }
  >();
  #restsAt = Number.POSITIVE_INFINITY;
  #broken: BrokenPromise | null = null;
  #ends = 0;
  #retries = 0;
  #evidence = 0;
  #sums = {
    ...{ tasks: 0, attempts: 0, succeeded: 0, dead: 0, moved: 0 },
    ...{ leftOut: 0, copies: 0, secondChances: 0 },
  };

  constructor(ports: WatchPorts) {
    this.#ports = ports;
    const promised: Promised = (...said) => this.#promised(...said);
    const split = (): Split | undefined => ports.dealt()?.split as Split | undefined;
    this.#copies = new CopyWatch({ ...ports, split }, promised);
    this.#limits = new LimitWatch(ports.script, ports, promised);
    this.#others = [this.#limits, new LabelWatch(ports, promised), this.#copies];
  }

  get sums(): TaskSums {
    return this.#sums;
  }

  /** The first promise that was seen broken: kept, and not thrown, because it is seen deep inside what is watched. */
  get broken(): BrokenPromise | null {
    return this.#broken;
  }

  /** A statement has changed a task. */
  changed(change: RowChange): void {
    const { row, from, was, by } = change;
    const way = `${from ?? 'new'}>${row.state}`;
    this.#promised('table', WAYS.includes(way), () => `task ${row.id} went ${way} by ${by}`);
    if (by === 'submit') this.#cameIn(row);
    if (by === 'claim') this.#leased(row);
    if (by === 'move') this.#moved(row, from);
    if (by === 'redrive') this.#redriven(row, was);
    if (was !== row.revision) this.#settlesDown(row);
    if (from === 'running' && (by === 'settle' || by === 'clock')) this.#ended(row, by);
    for (const other of this.#others) other.changed(change);
  }

  /** Somebody who asked was told the id of a task. */
  taken(name: string | null, id: string): void {
    this.#taken.add(id);
    this.#limits.answered();
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

  /** A server gives nothing to a worker for a while, as to so many of so many of the same version. */
  leftOut(worker: string, { out, of }: { readonly out: number; readonly of: number }): void {
    this.#sums.leftOut += 1;
    // One that fails while it is on its way out is no part of them any more.
    this.#promised('left-out', out <= Math.max(1, of / 3), () => `${worker} is left out, ${out} of ${of}`);
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
    for (const { id, revision, state, deadlineAt, shadowOf } of rows)
      this.#promised(
        'second-chance',
        state !== 'dead' || revision !== this.#ports.takenBack() || deadlineAt !== null || shadowOf !== null,
        () => `${id} is dead on ${revision}, which was taken back`,
      );
    for (const other of this.#others) other.over?.(rows);
    this.#shares.over((holds, words) => this.#promised('share', holds, words));
  }

  #promised(promise: string, holds: boolean, words: () => string): void {
    if (!holds) this.#broken ??= new BrokenPromise(promise, words());
  }

  #cameIn(row: Readonly<MemoryRow>): void {
    this.#sums.tasks += 1;
    const queue = this.#ports.dealt();
    if (row.shadowOf !== null) {
      this.#sums.copies += 1;
      return;
    }
    this.#hasShare(row, 'a task was dealt');
    if (queue === null) return;
    const split = queue.split as Split;
    if (row.session === null) this.#shares.count(queue.generation, split, row.revision);
    else {
      this.#sticks(split, row.session, row.revision);
      this.#staysHome(split, row.session, row.revision);
    }
    this.#hasRoom();
  }

  #hasShare({ id, revision }: Readonly<MemoryRow>, what: string): void {
    const split = this.#ports.dealt()?.split as Split | undefined;
    const parts = split === undefined ? [] : [...split.weights, ...(split.mirror ? [split.mirror] : [])];
    const has = parts.some((part) => part.revision === revision && part.basisPoints > 0);
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

  /** A session stays where its last task is for as long as that gets tasks; who knows it by a slow answer may be late. */
  #staysHome(split: Split, session: string, revision: string): void {
    const home = this.#homes.get(session);
    const { script, now } = this.#ports;
    const isSlow = script.faults.some(
      ({ kind }) => kind === 'database-slow' || kind === 'server-stands-still',
    );
    if (home === undefined || isSlow || script.skewMs > 0 || now() - home.at < 100) return;
    const serves = split.weights.some((one) => one.revision === home.revision && one.basisPoints > 0);
    this.#promised(
      'home',
      !serves || home.revision === revision,
      () => `session ${session} left ${home.revision} for ${revision}, and ${home.revision} gets tasks`,
    );
  }

  /** A task of a session is with a revision from now on. */
  #settlesDown({ id, session, revision, shadowOf }: Readonly<MemoryRow>): void {
    if (session === null || shadowOf !== null) return;
    const home = this.#homes.get(session);
    if (home === undefined || id >= home.id)
      this.#homes.set(session, { id, revision, at: this.#ports.now() });
  }

  #moved({ id, revision }: Readonly<MemoryRow>, from: TaskState | null): void {
    this.#sums.moved += 1;
    const { script, now, dealtAt } = this.#ports;
    const mayMove = from !== 'running' || script.unfinished === 'retry';
    this.#promised('unfinished', mayMove, () => `${id} was taken away from who works on it`);
    const afterMs = now() - dealtAt();
    const isFree = script.unfinished !== 'pin' || afterMs >= script.pinMs;
    this.#promised('pinned', isFree, () => `${id} went to ${revision} after ${afterMs} ms`);
  }

  /** Who asked for it may have any dead letter tried again; nobody has to for what a bad release has failed. */
  #redriven(row: Readonly<MemoryRow>, was: string | null): void {
    this.#hasShare(row, 'a dead letter was dealt');
    this.#sums.secondChances += 1;
    const { acts } = this.#ports.script;
    const isAskedFor = acts.some(({ kind }) => kind === 'retry-dead');
    const isTakenBack = acts.some((act) => act.kind === 'split' && act.takesBack === was);
    this.#promised(
      'second-chance',
      isAskedFor || isTakenBack,
      () => `${row.id} was given another chance after ${was}`,
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
