import type { MemoryRow } from './memory-row.ts';
import type { RowChange } from './memory-tasks.ts';
import type { Promised, SubWatch } from './sub-watch.ts';
import type { LabelWishes } from './task-script.ts';

/** So long a task is left to those whom it prefers, in ms. */
const LEFT_MS = 2_000;

/** Whom a watch of labels asks. */
export interface LabelWatchPorts {
  readonly now: () => number;
  /** What a worker can do, and its labels. */
  readonly abilitiesOf: (worker: string) => readonly string[];
  readonly rowOf: (id: string) => Readonly<MemoryRow> | undefined;
}

/** Watches that tasks go to workers that they ask for, by what was asked for and not by the names of lines. */
export class LabelWatch implements SubWatch {
  readonly #ports: LabelWatchPorts;
  readonly #promised: Promised;
  /** Since when what waits in a line, or left it at this very moment, might have been given to somebody. */
  readonly #lines = new Map<string, Map<string, { readonly since: number; readonly leftAt: number }>>();

  constructor(ports: LabelWatchPorts, promised: Promised) {
    this.#ports = ports;
    this.#promised = promised;
  }

  changed({ row, from, was, by }: RowChange): void {
    const now = this.#ports.now();
    const since = Math.max(row.createdAt, row.dueAt ?? 0);
    if (from === 'waiting') this.#lineOf(was, row.lane).set(row.id, { since, leftAt: now });
    if (row.state === 'waiting')
      this.#lineOf(row.revision, row.lane).set(row.id, { since, leftAt: Infinity });
    if (by === 'claim') this.#claimed(row);
  }

  #lineOf(revision: string | null, lane: string): Map<string, { since: number; leftAt: number }> {
    const key = `${revision} ${lane}`;
    const line = this.#lines.get(key) ?? new Map<string, { since: number; leftAt: number }>();
    this.#lines.set(key, line);
    return line;
  }

  #claimed(row: Readonly<MemoryRow>): void {
    const worker = row.worker ?? '';
    const own = this.#ports.abilitiesOf(worker);
    const { require, prefer, avoid } = (row.input as { readonly wishes: LabelWishes }).wishes;
    const lacks = require.filter((label) => !own.includes(label));
    this.#promised(
      'labels',
      lacks.length === 0,
      () => `${worker} was given ${row.id} without ${lacks.join()}`,
    );
    const suits = prefer.every((label) => own.includes(label)) && !avoid.some((label) => own.includes(label));
    if (!suits) this.#hasWaited(row, worker);
    const other = row.apartFrom === null ? undefined : this.#ports.rowOf(row.apartFrom);
    const isApart = other === undefined || other.worker !== worker;
    this.#promised('apart', isApart, () => `${worker} was given ${row.id}, and had ${row.apartFrom}`);
  }

  /** It is the head of a line that waits for all of it. */
  #hasWaited(row: Readonly<MemoryRow>, worker: string): void {
    const now = this.#ports.now();
    const line = this.#lineOf(row.revision, row.lane);
    for (const [id, { leftAt }] of line) if (leftAt < now) line.delete(id);
    const longest = now - Math.min(...[...line.values()].map(({ since }) => since));
    this.#promised(
      'patience',
      longest >= LEFT_MS,
      () => `${worker} does not suit ${row.id}, and was given it after ${longest} ms`,
    );
  }
}
