import type { Limits, LimitsSpec, Rate } from '@sluice/core/tasks/rate-limits.ts';
import type { MemoryRow } from './memory-row.ts';
import type { RowChange } from './memory-tasks.ts';
import type { Promised, SubWatch } from './sub-watch.ts';
import type { TaskScript } from './task-script.ts';

/** So long after a change of the split it may be unknown which limits hold, in ms. */
const HEEDED_MS = 1_500;

/** Whom a watch of limits asks. */
export interface LimitWatchPorts {
  readonly now: () => number;
  /** Tasks of submits that nobody has answered yet. */
  readonly unanswered: () => number;
  /** When the split in force was put in force. */
  readonly dealtAt: () => number;
}

/** Watches that no more runs, begins and waits than may; counted apart from what counts it in production. */
export class LimitWatch implements SubWatch {
  readonly #script: TaskScript;
  readonly #now: () => number;
  readonly #unanswered: () => number;
  readonly #dealtAt: () => number;
  readonly #promised: Promised;
  /** What runs within limits, by id. */
  readonly #running = new Map<string, string>();
  /** When tasks of a queue, or of a key, began within a rate. */
  readonly #begun = new Map<string | null, number[]>();
  /** What came in and waits since. */
  readonly #fresh = new Map<string, Readonly<MemoryRow>>();

  constructor(script: TaskScript, { now, unanswered, dealtAt }: LimitWatchPorts, promised: Promised) {
    this.#script = script;
    this.#now = now;
    this.#unanswered = unanswered;
    this.#dealtAt = dealtAt;
    this.#promised = promised;
  }

  changed({ row, by, from }: RowChange): void {
    if (row.state !== 'waiting') this.#fresh.delete(row.id);
    if (row.state !== 'running') this.#running.delete(row.id);
    if (by === 'claim') this.#claimed(row);
    if (from === null && row.state === 'waiting' && row.shadowOf === null) this.#fresh.set(row.id, row);
  }

  #claimed(row: Readonly<MemoryRow>): void {
    const limits = this.#script.limits[row.revision];
    if (limits === undefined || !hasBounds(limits)) return;
    this.#running.set(row.id, row.fairnessKey);
    const ofKey = keyed(limits, row.fairnessKey);
    const same = [...this.#running.values()].filter((key) => key === row.fairnessKey).length;
    this.#runs('the queue', this.#running.size, limits.queue);
    this.#runs(`'${row.fairnessKey}'`, same, ofKey);
    if (limits.queue.rate) this.#begins(null, (of) => of.queue);
    if (ofKey.rate) this.#begins(row.fairnessKey, (of) => keyed(of, row.fairnessKey));
  }

  #runs(whose: string, count: number, { running }: Limits): void {
    const holds = running === null || count <= running;
    this.#promised('running-limit', holds, () => `${count} tasks of ${whose} run, and ${running} may`);
  }

  /** In any time no more begin than the rate brings, and a second of it; of several rates the highest is good. */
  #begins(scope: string | null, limitsIn: (limits: LimitsSpec) => Limits): void {
    const rates = Object.values(this.#script.limits).flatMap((limits) => limitsIn(limits).rate ?? []);
    const perMs = Math.max(...rates.map(({ tasks, perMs: per }) => tasks / per));
    const most = Math.max(1, perMs * 1_000);
    const begun = this.#begun.get(scope) ?? [];
    this.#begun.set(scope, begun);
    const now = this.#now();
    begun.push(now);
    for (const [at, since] of begun.entries()) {
      const count = begun.length - at;
      const may = most + (now - since) * perMs;
      this.#promised(
        'rate-limit',
        count <= may + 1e-3,
        () => `${count} tasks of ${scope ?? 'the queue'} began within ${now - since} ms, and ${may} may`,
      );
    }
  }

  /**
   * Somebody was told that his tasks were taken. Of one server alone it is known how much waits; of what has come back since it
   * was counted nothing is, nor for a moment which version's limits hold.
   */
  answered(): void {
    const { servers, limits } = this.#script;
    if (servers > 1 || Object.keys(limits).length === 0) return;
    if (this.#now() < this.#dealtAt() + HEEDED_MS) return;
    const fresh = [...this.#fresh.values()];
    this.#waits('the queue', fresh.length, (of) => of.queue);
    // Those of a version that says nothing of keys are in one line, and not counted.
    const keys = fresh.flatMap(({ lane, fairnessKey }) => (lane.includes('~') ? fairnessKey : []));
    for (const key of new Set(keys))
      this.#waits(`'${key}'`, keys.filter((one) => one === key).length, (of) => keyed(of, key));
  }

  #waits(whose: string, count: number, limitsIn: (limits: LimitsSpec) => Limits): void {
    const { splits, limits } = { splits: versionsIn(this.#script), limits: this.#script.limits };
    const mosts = splits.map((version) => {
      const of = limits[version];
      return of === undefined ? null : limitsIn(of).waiting;
    });
    const most = mosts.reduce<number>((max, one) => Math.max(max, one ?? Infinity), 0) + this.#unanswered();
    this.#promised('waiting-limit', count <= most, () => `${count} tasks of ${whose} wait, and ${most} may`);
  }
}

const versionsIn = ({ acts }: TaskScript): readonly string[] =>
  acts.flatMap((act) => (act.kind === 'split' ? act.weights.map(({ version }) => version) : []));

const keyed = ({ keys, eachKey }: LimitsSpec, key: string): Limits => keys[key] ?? eachKey;

const hasBounds = ({ queue, eachKey, keys }: LimitsSpec): boolean =>
  [queue, eachKey, ...Object.values(keys)].some(
    ({ running, rate }: { readonly running: number | null; readonly rate: Rate | null }) =>
      running !== null || rate !== null,
  );
