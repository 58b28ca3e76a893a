/**
 * Purpose: knows how the workers that are connected here do, so that each gets its part, and one that fails where its peers do
 * not gets nothing for a while.
 *
 * Owns, in memory: what each worker has come to lately. 1. At most a third of the workers of a revision are left out. 2. One
 * that was left out gets a single task when its time is over; only when that goes well it gets more. 3. What fails on it still
 * counts for the judge: this decides where tasks go, and nothing else.
 */
import type { Instant } from '@sluice/core/kernel/instant.ts';
import {
  afterCall,
  afterNoWord,
  askBreaker,
  type Breaker,
  type BreakerPolicy,
  breakerStateAt,
  CLOSED_BREAKER,
} from '@sluice/core/tasks/circuit-breaker.ts';
import { type AttemptCount, mayStandOut, mostEjected, standsOut } from '@sluice/core/tasks/outlier.ts';
import {
  paceAfter,
  paceBeside,
  UNKNOWN_PACE,
  type WorkerPace,
} from '@sluice/core/tasks/learning/worker-pace.ts';
import type { WorkerBalance, WorkerHealth } from './worker-balance.ts';
import type { WorkerHello } from './worker-hello.ts';
import { latestFew } from './latest-few.ts';
import type { WorkerDesk } from './worker-desk.ts';

/** Left out for 15 s the first time; the counts are of half a minute, up to a whole one. */
const EJECTION: BreakerPolicy = {
  ...{ least: 1, part: 1, windowMs: 30_000 },
  ...{ openMs: 15_000, longestMs: 300_000, probes: 1, probeMs: 60_000 },
};
/** Workers that are remembered after they have left. */
const MOST_REMEMBERED = 10_000;

interface WorkerRecord {
  breaker: Breaker;
  windowSince: Instant;
  now: AttemptCount;
  before: AttemptCount;
  pace: WorkerPace;
  readonly probes: Set<string>;
}

/** The workers of one revision that are connected here. */
interface Group {
  readonly members: Map<string, { readonly record: WorkerRecord; sessions: number }>;
  /** Of the means of its members' logarithms, and how many of them have one. */
  sumLog: number;
  timed: number;
  lookedAt: Instant;
}

const NONE: AttemptCount = { attempts: 0, failures: 0 };
/** A group is looked through as often as costs a millisecond in a hundred, however large it is. */
const LOOKED_PER_MS = 10;

type Name = Pick<WorkerHello, 'tenant' | 'queue' | 'revision' | 'worker'>;

/** What the workers that are connected here have come to. */
export class WorkerBoard implements WorkerBalance {
  readonly #now: () => Instant;
  readonly #records = latestFew<WorkerRecord>(MOST_REMEMBERED);
  readonly #groups = new Map<string, Group>();
  /** Where the names are kept for as long as a session lasts, which is asked for with each claim. */
  readonly #known = new WeakMap<Name, { readonly record: WorkerRecord; readonly group: Group }>();

  constructor(now: () => Instant) {
    this.#now = now;
  }

  roomOf(hello: WorkerHello, wanted: number): number {
    const { breaker } = this.#of(hello).record;
    if (breaker.state === 'closed') return wanted;
    return askBreaker(EJECTION, breaker, this.#now()).isAdmitted ? Math.min(wanted, 1) : 0;
  }

  weightOf(hello: WorkerHello, capacity: number): number {
    const { record, group } = this.#of(hello);
    if (record.pace.attempts === 0) return capacity;
    const peers = group.timed - 1;
    const peersLog = peers > 0 ? (group.sumLog - record.pace.meanLog) / peers : null;
    return capacity * paceBeside(record.pace, peersLog);
  }

  healthOf(hello: WorkerHello): WorkerHealth {
    const state = breakerStateAt(this.#of(hello).record.breaker, this.#now());
    return state === 'closed' ? 'well' : state === 'open' ? 'ejected' : 'probed';
  }

  joined(hello: Name): void {
    const group = this.#groupOf(hello);
    this.#groups.set(groupOf(hello), group);
    const record = this.#recordOf(hello);
    const member = group.members.get(hello.worker) ?? { record, sessions: 0 };
    member.sessions += 1;
    if (member.sessions > 1) return;
    group.members.set(hello.worker, member);
    count(group, record.pace, 1);
  }

  left(hello: Name): void {
    const group = this.#groupOf(hello);
    const member = group.members.get(hello.worker);
    if (member === undefined) return;
    member.sessions -= 1;
    if (member.sessions > 0) return;
    group.members.delete(hello.worker);
    count(group, member.record.pace, -1);
    if (group.members.size === 0) this.#groups.delete(groupOf(hello));
  }

  /** It was given a task. */
  given(hello: Name, attempt: string): void {
    const { record } = this.#of(hello);
    if (record.breaker.state === 'closed') return;
    const admission = askBreaker(EJECTION, record.breaker, this.#now());
    if (!admission.isAdmitted) return;
    record.breaker = admission.breaker;
    record.probes.add(attempt);
  }

  /** A task that it had was taken away, or given back. */
  withdrawn(hello: Name, attempt: string): void {
    const { record } = this.#of(hello);
    if (record.probes.delete(attempt)) record.breaker = afterNoWord(record.breaker, { isProbe: true });
  }

  /** An attempt of it has ended and counted; how long it took is null where nobody knows. */
  ended(
    hello: Name,
    attempt: string,
    { hasFailed, durationMs }: { readonly hasFailed: boolean; readonly durationMs: number | null },
  ): void {
    const { record, group } = this.#of(hello);
    const now = this.#now();
    if (!hasFailed && durationMs !== null) this.#took(hello, durationMs);
    const isProbe = record.probes.delete(attempt);
    if (record.breaker.state !== 'closed') {
      record.breaker = afterCall(EJECTION, record.breaker, { now, hasFailed, isProbe });
      return;
    }
    roll(record, now);
    const { attempts, failures } = record.now;
    record.now = { attempts: attempts + 1, failures: failures + (hasFailed ? 1 : 0) };
    if (hasFailed && isOutlier(group, record, now)) eject(record, now);
  }

  #took(hello: Name, durationMs: number): void {
    const { record, group } = this.#of(hello);
    const isMember = group.members.has(hello.worker);
    if (isMember) count(group, record.pace, -1);
    record.pace = paceAfter(record.pace, durationMs);
    if (isMember) count(group, record.pace, 1);
  }

  #of(hello: Name): { readonly record: WorkerRecord; readonly group: Group } {
    const known = this.#known.get(hello);
    if (known && this.#groups.get(groupOf(hello)) === known.group) return known;
    const found = { record: this.#recordOf(hello), group: this.#groupOf(hello) };
    this.#known.set(hello, found);
    return found;
  }

  #groupOf(hello: Name): Group {
    const known = this.#groups.get(groupOf(hello));
    return known ?? { members: new Map(), sumLog: 0, timed: 0, lookedAt: Number.NEGATIVE_INFINITY };
  }

  #recordOf(hello: Name): WorkerRecord {
    const present = this.#groups.get(groupOf(hello))?.members.get(hello.worker)?.record;
    if (present) return present;
    const key = `${groupOf(hello)} ${hello.worker}`;
    const known = this.#records.get(key);
    if (known) return known;
    const made: WorkerRecord = {
      ...{ breaker: CLOSED_BREAKER, windowSince: this.#now(), now: NONE, before: NONE, pace: UNKNOWN_PACE },
      probes: new Set<string>(),
    };
    this.#records.set(key, made);
    return made;
  }
}

function count(group: Group, { attempts, meanLog }: WorkerPace, sign: 1 | -1): void {
  if (attempts === 0) return;
  group.sumLog += sign * meanLog;
  group.timed += sign;
}

function isOutlier(group: Group, record: WorkerRecord, now: Instant): boolean {
  if (now - group.lookedAt < group.members.size / LOOKED_PER_MS) return false;
  const own = countOf(record);
  if (!mayStandOut(own)) return false;
  group.lookedAt = now;
  const peers = [...group.members.values()].map((member) => member.record).filter((peer) => peer !== record);
  const out = peers.filter(({ breaker }) => breaker.state !== 'closed').length;
  if (out >= mostEjected(peers.length + 1)) return false;
  for (const peer of peers) roll(peer, now);
  const counts = peers.filter(({ breaker }) => breaker.state === 'closed').map(countOf);
  return standsOut(own, counts.reduce(sum, NONE));
}

function eject(record: WorkerRecord, now: Instant): void {
  record.breaker = { state: 'open', since: now, until: now + EJECTION.openMs, openings: 1 };
  record.now = NONE;
  record.before = NONE;
}

/** Neither a tenant nor a track has spaces in its name. */
const groupOf = ({ tenant, queue, revision }: Name): string => `${tenant} ${queue} ${revision}`;

const sum = (a: AttemptCount, b: AttemptCount): AttemptCount => ({
  attempts: a.attempts + b.attempts,
  failures: a.failures + b.failures,
});

const countOf = ({ now, before }: WorkerRecord): AttemptCount => sum(now, before);

/** What is older than two windows says nothing of a worker any more. */
function roll(record: WorkerRecord, now: Instant): void {
  const ageMs = now - record.windowSince;
  if (ageMs < EJECTION.windowMs) return;
  record.before = ageMs < 2 * EJECTION.windowMs ? record.now : NONE;
  record.now = NONE;
  record.windowSince = now;
}

/** A desk that tells a board what becomes of attempts. */
export const boardedDesk = (desk: WorkerDesk, board: WorkerBoard, now: () => Instant): WorkerDesk => ({
  welcome: (hello, door) => {
    const begun = new Map<string, Instant>();
    let isOpen = true;
    const visit = desk.welcome(hello, {
      assign: (task) => {
        begun.set(nameOf(task), now());
        board.given(hello, nameOf(task));
        door.assign(task);
      },
      revoke: (lease) => {
        begun.delete(nameOf(lease));
        board.withdrawn(hello, nameOf(lease));
        door.revoke(lease);
      },
    });
    board.joined(hello);
    return {
      ...visit,
      end: async (id, attempt, word) => {
        const name = nameOf({ id, attempt });
        // Of what a worker has brought with it, it is not known here how long it took.
        const startedAt = begun.get(name);
        const isCounted = await visit.end(id, attempt, word);
        begun.delete(name);
        if (!isCounted || word.kind === 'returned') board.withdrawn(hello, name);
        else {
          const durationMs = startedAt === undefined ? null : now() - startedAt;
          board.ended(hello, name, { hasFailed: word.kind === 'failed', durationMs });
        }
        return isCounted;
      },
      close: () => {
        if (isOpen) board.left(hello);
        isOpen = false;
        visit.close();
      },
    };
  },
});

const nameOf = ({ id, attempt }: { readonly id: string; readonly attempt: number }): string =>
  `${id} ${attempt}`;
