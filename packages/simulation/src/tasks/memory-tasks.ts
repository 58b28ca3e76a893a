/**
 * Purpose: tasks in memory, as PostgreSQL keeps them: every statement at one moment, or not at all. It passes the contract of
 * the port, so that what is proved over it holds over the other.
 */
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { partsOfLane } from '@sluice/core/tasks/affinity.ts';
import { nextTag } from '@sluice/core/tasks/fair-order.ts';
import { hasEnded, type TaskState } from '@sluice/core/tasks/task-state.ts';
import type { Redrive } from '@sluice/server/store/tasks/change-tasks.ts';
import type { LeasedTask, TaskClaim } from '@sluice/server/store/tasks/claim-tasks.ts';
import type { TaskMove } from '@sluice/server/store/tasks/move-tasks.ts';
import type { HeldLease, LeaseFence, TaskEnd } from '@sluice/server/store/tasks/settle-tasks.ts';
import type { NewTask, Submitted } from '@sluice/server/store/tasks/submit-tasks.ts';
import type { CondemnedRevision } from '@sluice/server/store/tasks/condemned-tasks.ts';
import type { ComparedPair, RecordedTask } from '@sluice/server/store/tasks/shadow-tasks.ts';
import type { TaskQueue } from '@sluice/server/store/tasks/task-queues.ts';
import type { TaskRow } from '@sluice/server/store/tasks/task-row.ts';
import { servedBy } from '@sluice/server/tasks/served-by.ts';
import type { TaskEngine, TimePassed } from '@sluice/server/tasks/task-engine.ts';
import { canServe } from '@sluice/server/tasks/task-request.ts';
import { type MemoryRow, newRow } from './memory-row.ts';

/** For so long a task that is tried again is left to others than who failed with it, in ms. */
const AVOIDED_MS = 500;

/** A change of a task, for those who watch. */
export interface RowChange {
  readonly row: Readonly<MemoryRow>;
  readonly from: TaskState | null;
  /** The revision that it was with before; null for one that comes in. */
  readonly was: RevisionId | null;
  readonly by: string;
}

/** A line, and where it stands. */
export interface MemoryLine {
  readonly id: string;
  readonly tenant: string;
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly lane: string;
  served: number;
  /** What makes its tags those of the revision; null while nobody has said so. */
  shift: number | null;
}

/** What a token bucket holds, and since when. */
export interface MemoryBucket {
  readonly tokens: number;
  readonly filledAt: Instant;
}

type LineName = Pick<MemoryLine, 'tenant' | 'queue' | 'revision' | 'lane'>;

/** Tasks, lines and splits of all tenants. */
export class MemoryTasks {
  readonly #now: () => Instant;
  readonly #changed: (change: RowChange) => void;
  readonly #rows = new Map<string, MemoryRow>();
  /** What has not ended, so that a long story does not become a slow one. */
  readonly #open = new Set<MemoryRow>();
  readonly #queues = new Map<string, TaskQueue>();
  readonly #dealtAt = new Map<string, Instant>();
  readonly #copies = new Set<string>();
  readonly #pinnedUntil = new Map<string, Instant>();
  readonly #lines = new Map<string, MemoryLine>();
  readonly #buckets = new Map<string, Map<string | null, MemoryBucket>>();
  readonly #flows = new Map<string, number>();
  readonly #keys = new Map<string, string>();

  constructor(now: () => Instant, changed: (change: RowChange) => void = () => undefined) {
    this.#now = now;
    this.#changed = changed;
  }

  get rows(): readonly Readonly<MemoryRow>[] {
    return [...this.#rows.values()];
  }

  rowOf(tenant: string, id: string): Readonly<MemoryRow> | undefined {
    return this.#rows.get(keyOf(tenant, id));
  }

  get(tenant: string, id: string): TaskRow | null {
    const row = this.#rows.get(keyOf(tenant, id));
    if (row === undefined) return null;
    const {
      tag: _tag,
      leaseUntil: _until,
      avoid: _avoid,
      idempotencyKey: _key,
      isLimited: _is,
      ...shown
    } = row;
    return shown;
  }

  submit(
    tenant: string,
    {
      queue,
      generation,
      tasks,
    }: Pick<TaskQueue, 'queue' | 'generation'> & { readonly tasks: readonly NewTask[] },
  ): Submitted {
    if (this.#queues.get(keyOf(tenant, queue))?.generation !== generation) return 'split-changed';
    return tasks.map((task) => this.#enter(tenant, queue, task));
  }

  claim(
    tenant: string,
    { queue, revision, abilities, workers, sessions, leaseMs }: TaskClaim,
  ): readonly LeasedTask[] {
    const can = new Set(abilities);
    const own = new Set(sessions);
    const lineOf = (row: MemoryRow): number => this.#lineOf(row).served;
    const found = this.openRows(tenant, queue, 'waiting')
      .filter((row) => row.revision === revision && canServe(can, row.lane) && this.isFreeFor(row, workers))
      .map((row) => ({
        row,
        turn: row.session !== null && own.has(row.session) ? 0 : 1,
        ahead: row.tag - lineOf(row),
      }))
      .toSorted((a, b) => a.turn - b.turn || a.ahead - b.ahead);
    return found.slice(0, workers.length).map(({ row }, place) => {
      const worker = workers[place] ?? '';
      const line = this.#lineOf(row);
      line.served = Math.max(line.served, row.tag);
      return { ...this.lease(row, { worker, leaseMs, isLimited: row.isLimited }), worker };
    });
  }

  /** The moment by the clock of the database. */
  now(): Instant {
    return this.#now();
  }

  /** Those of a revision that something ever stood in. */
  linesOf(tenant: string, queue: TrackId, revision: RevisionId): readonly MemoryLine[] {
    return [...this.#lines.values()].filter(
      (line) => line.tenant === tenant && line.queue === queue && line.revision === revision,
    );
  }

  /** By fairness key; that of the whole queue by null. */
  bucketsOf(tenant: string, queue: TrackId): Map<string | null, MemoryBucket> {
    const key = keyOf(tenant, queue);
    const buckets = this.#buckets.get(key) ?? new Map<string | null, MemoryBucket>();
    this.#buckets.set(key, buckets);
    return buckets;
  }

  /** How many wait, of all or, as far as they have lines of their own, of one fairness key. */
  countWaiting(
    tenant: string,
    { queue, key, limit }: { readonly queue: TrackId; readonly key: string | null; readonly limit: number },
  ): number {
    const isOwn = ({ lane }: MemoryRow): boolean => key === null || partsOfLane(lane).key === key;
    return Math.min(limit, this.openRows(tenant, queue, 'waiting').filter(isOwn).length);
  }

  /** Gives a task that waits to a worker. */
  lease(
    row: MemoryRow,
    { worker, leaseMs, isLimited }: Pick<TaskClaim, 'leaseMs'> & { worker: string; isLimited: boolean },
  ): MemoryRow {
    const now = this.#now();
    this.#change(row, 'claim', {
      ...{ state: 'running', attempt: row.attempt + 1, worker, startedAt: now, leaseUntil: now + leaseMs },
      isLimited,
    });
    return { ...row };
  }

  /** Whether it is left to others, as one of these has just failed with it. */
  isFreeFor({ avoid, dueAt }: MemoryRow, workers: readonly string[]): boolean {
    const isOver = dueAt !== null && dueAt < this.#now() - AVOIDED_MS;
    return avoid === null || !workers.includes(avoid) || isOver;
  }

  /** Whether none of these had the task last from which it is to be apart. */
  isApart({ tenant, apartFrom }: MemoryRow, workers: readonly string[]): boolean {
    const other = apartFrom === null ? undefined : this.#rows.get(keyOf(tenant, apartFrom));
    return other?.worker == null || !workers.includes(other.worker);
  }

  settle(tenant: string, ends: readonly TaskEnd[], { isOverdue = false } = {}): ReadonlySet<string> {
    const counted = new Set<string>();
    for (const end of ends) {
      const row = this.#held(tenant, end, isOverdue);
      if (row === undefined) continue;
      counted.add(end.id);
      const failure = 'failure' in end ? end.failure : null;
      this.#change(row, isOverdue ? 'clock' : 'settle', {
        ...{ state: end.state, leaseUntil: null, dueAt: 'dueAt' in end ? end.dueAt : null },
        ...{ result: end.state === 'succeeded' ? end.result : null, failure: failure ?? row.failure },
        failures: row.failures + (failure === null ? 0 : 1),
        avoid: end.state === 'scheduled' ? row.worker : null,
        endedAt: hasEnded(end.state) ? this.#now() : null,
      });
    }
    return counted;
  }

  extend(tenant: string, leases: readonly LeaseFence[], leaseMs: number): ReadonlyMap<string, HeldLease> {
    const held = new Map<string, HeldLease>();
    for (const lease of leases) {
      const row = this.#leased(tenant, lease);
      if (row === undefined) continue;
      row.leaseUntil = this.#now() + leaseMs;
      const { id, attempt, failures, session, deadlineAt, startedAt } = row;
      held.set(id, { id, attempt, failures, session, deadlineAt, startedAt: startedAt ?? 0 });
    }
    return held;
  }

  advance(limit: number): TimePassed {
    const now = this.#now();
    const open = [...this.#open];
    const due = open
      .filter(({ state, dueAt }) => state === 'scheduled' && dueAt !== null && dueAt <= now)
      .slice(0, limit);
    for (const row of due) this.#change(row, 'due', { state: 'waiting' });
    const moved = new Set(due);
    const late = open
      .filter((row) => row.deadlineAt !== null && row.deadlineAt <= now && !moved.has(row))
      .slice(0, limit);
    const failure = { failureClass: 'timeout', message: 'its deadline has passed' } as const;
    for (const row of late)
      this.#change(row, 'deadline', { state: 'dead', endedAt: now, leaseUntil: null, failure });
    const overdue = open
      .filter(({ state, leaseUntil }) => state === 'running' && leaseUntil !== null && leaseUntil <= now)
      .slice(0, limit)
      .map((row) => ({ ...row, worker: row.worker ?? '' }));
    const strays = this.#moveLeft([...this.#open].filter(({ state }) => state === 'waiting'));
    return { due: due.length + strays, expired: late.length, overdue };
  }

  deal(tenant: string, { pinMs = 0, ...wished }: Parameters<TaskEngine['deal']>[1]): TaskQueue {
    const key = keyOf(tenant, wished.queue);
    const present = this.#queues.get(key);
    const isNewer = present === undefined || wished.generation > present.generation;
    const holds = isNewer ? wished : present;
    this.#queues.set(key, holds);
    if (isNewer) {
      this.#pinnedUntil.set(key, this.#now() + pinMs);
      this.#dealtAt.set(key, this.#now());
    }
    return holds;
  }

  dealt(tenant: string, queue: TaskQueue['queue']): TaskQueue | null {
    return this.#queues.get(keyOf(tenant, queue)) ?? null;
  }

  cancel(tenant: string, id: string): TaskRow | null {
    const row = this.#rows.get(keyOf(tenant, id));
    if (row === undefined || hasEnded(row.state)) return null;
    this.#change(row, 'cancel', { state: 'cancelled', endedAt: this.#now(), leaseUntil: null });
    return this.get(tenant, id);
  }

  redrive(tenant: string, { queue, generation, tasks }: Redrive): readonly string[] | 'split-changed' {
    if (this.#queues.get(keyOf(tenant, queue))?.generation !== generation) return 'split-changed';
    return tasks.flatMap(({ id, revision }) => {
      const row = this.#rows.get(keyOf(tenant, id));
      if (row?.queue !== queue || row.state !== 'dead' || row.shadowOf !== null) return [];
      this.#change(row, 'redrive', {
        ...{ state: 'waiting', revision, failures: 0, endedAt: null, deadlineAt: null, avoid: null },
        tag: this.#lineOf({ tenant, queue, revision, lane: row.lane }).served,
      });
      return [id];
    });
  }

  move(tenant: string, { queue, running }: TaskMove): number {
    this.dropCopies(tenant, queue);
    const states: readonly TaskState[] = ['waiting', 'scheduled', 'blocked', ...(running ? RUNNING : [])];
    return this.#moveLeft(states.flatMap((state) => this.openRows(tenant, queue, state)));
  }

  /** When the split in force was put in force. */
  dealtAt(tenant: string, queue: TrackId): Instant {
    return this.#dealtAt.get(keyOf(tenant, queue)) ?? 0;
  }

  /** Copies for revisions that get none any more end without a result. */
  dropCopies(tenant: string, queue: TrackId): void {
    const { mirrored } = servedBy(this.#queues.get(keyOf(tenant, queue))?.split ?? {});
    for (const row of [...this.#open])
      if (row.tenant === tenant && row.queue === queue && row.shadowOf !== null && row.revision !== mirrored)
        this.#change(row, 'drop', { state: 'cancelled', endedAt: this.#now(), leaseUntil: null });
  }

  /** Which revision each session's last task is with. */
  lastOf(
    tenant: string,
    { queue, sessions }: { readonly queue: TrackId; readonly sessions: readonly string[] },
  ): ReadonlyMap<string, RevisionId> {
    const last = new Map<string, MemoryRow>();
    for (const row of this.#rows.values())
      if (row.session !== null && sessions.includes(row.session) && row.shadowOf === null)
        if (row.tenant === tenant && row.queue === queue && row.id > (last.get(row.session)?.id ?? ''))
          last.set(row.session, row);
    return new Map([...last].map(([session, { revision }]) => [session, revision]));
  }

  /** Tasks that failed for good on a revision which was taken back, and are still of use. */
  lettersOf({ queue, revision, since }: CondemnedRevision, limit: number): readonly Readonly<MemoryRow>[] {
    return [...this.#rows.values()]
      .filter((row) => row.queue === queue && row.revision === revision && row.state === 'dead')
      .filter((row) => row.shadowOf === null && row.createdAt >= since)
      .filter(({ deadlineAt }) => deadlineAt === null || deadlineAt > this.#now())
      .slice(0, limit);
  }

  /** The last tasks that were done or failed for good, the newest first. */
  recorded(tenant: string, queue: TrackId, limit: number): readonly RecordedTask[] {
    return [...this.#rows.values()]
      .filter((row) => row.tenant === tenant && row.queue === queue && row.shadowOf === null && isTold(row))
      .toSorted((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit);
  }

  /** Takes pairs of a task and its copy that have both ended and were not compared. */
  compare(limit: number): readonly ComparedPair[] {
    const pairs = [...this.#rows.values()].flatMap((copy) => {
      const original = copy.shadowOf === null ? undefined : this.#rows.get(keyOf(copy.tenant, copy.shadowOf));
      if (original === undefined || copy.isCompared || !isTold(copy) || !isTold(original)) return [];
      return [{ copy, original }];
    });
    return pairs.slice(0, limit).map(({ copy, original }) => {
      copy.isCompared = true;
      return {
        ...{ tenant: copy.tenant, queue: copy.queue, candidate: copy.revision, stable: original.revision },
        ...{ hasCandidateFailed: copy.state === 'dead', hasStableFailed: original.state === 'dead' },
        isSame: copy.result === null || original.result === null || copy.result === original.result,
      };
    });
  }

  /** Those of them whose revision gets no tasks any more. */
  #moveLeft(rows: readonly MemoryRow[]): number {
    const moves = rows.flatMap((row) => {
      const key = keyOf(row.tenant, row.queue);
      const { serving, heir } = servedBy(this.#queues.get(key)?.split ?? {});
      if ((this.#pinnedUntil.get(key) ?? 0) > this.#now()) return [];
      const stays = heir === null || row.shadowOf !== null || serving.includes(row.revision);
      return stays ? [] : [{ row, heir }];
    });
    for (const { row, heir } of moves)
      this.#change(row, 'move', {
        ...{ revision: heir, state: row.state === 'running' ? 'waiting' : row.state, leaseUntil: null },
        tag: this.#lineOf({ ...row, revision: heir }).served,
      });
    return moves.length;
  }

  /** Those of a queue that are in a state which is no end. */
  openRows(tenant: string, queue: string, state: TaskState): readonly MemoryRow[] {
    return [...this.#open].filter(
      (row) => row.tenant === tenant && row.queue === queue && row.state === state,
    );
  }

  #lineOf({ tenant, queue, revision, lane }: LineName): MemoryLine {
    const key = keyOf(tenant, queue, revision, lane);
    const id = String(this.#lines.size + 1);
    const line = this.#lines.get(key) ?? { id, tenant, queue, revision, lane, served: 0, shift: null };
    this.#lines.set(key, line);
    return line;
  }

  #held(tenant: string, lease: LeaseFence, isOverdue: boolean): MemoryRow | undefined {
    const row = this.#leased(tenant, lease);
    const isOver = (row?.leaseUntil ?? 0) <= this.#now();
    return isOver === isOverdue ? row : undefined;
  }

  #leased(tenant: string, { id, attempt, worker }: LeaseFence): MemoryRow | undefined {
    const row = this.#rows.get(keyOf(tenant, id));
    return row?.state === 'running' && row.attempt === attempt && row.worker === worker ? row : undefined;
  }

  #enter(
    tenant: string,
    queue: TaskQueue['queue'],
    task: NewTask,
  ): { readonly id: string; readonly isNew: boolean } {
    const key = task.idempotencyKey === null ? null : keyOf(tenant, queue, task.idempotencyKey);
    const known = key === null ? undefined : this.#keys.get(key);
    if (known !== undefined) return { id: known, isNew: false };
    if (this.#rows.has(keyOf(tenant, task.id))) return { id: task.id, isNew: false };
    const copy = task.shadowOf ? keyOf(tenant, task.shadowOf, task.revision) : null;
    if (copy !== null && this.#copies.has(copy)) return { id: task.id, isNew: false };
    if (copy !== null) this.#copies.add(copy);
    const flow = keyOf(tenant, queue, task.revision, task.lane, task.fairnessKey, String(task.priority));
    const { served } = this.#lineOf({ tenant, queue, revision: task.revision, lane: task.lane });
    const tag = nextTag(this.#flows.get(flow) ?? 0, served, task.weight);
    this.#flows.set(flow, tag);
    const row = newRow(tenant, queue, task, { now: this.#now(), tag });
    this.#rows.set(keyOf(tenant, task.id), row);
    this.#open.add(row);
    if (key !== null) this.#keys.set(key, task.id);
    this.#changed({ row, from: null, was: null, by: 'submit' });
    return { id: task.id, isNew: true };
  }

  #change(row: MemoryRow, by: string, change: Partial<MemoryRow>): void {
    const { state: from, revision: was } = row;
    Object.assign(row, change);
    if (hasEnded(row.state)) this.#open.delete(row);
    else this.#open.add(row);
    this.#changed({ row, from, was, by });
  }
}

const RUNNING: readonly TaskState[] = ['running'];

/** Whether it has come to something, good or bad. */
const isTold = ({ state }: MemoryRow): boolean => state === 'succeeded' || state === 'dead';

const keyOf = (...parts: readonly string[]): string => parts.join('\n');
