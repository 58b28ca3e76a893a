import type { Split } from '@sluice/core/traffic/split.ts';
import type { MemoryRow } from './memory-row.ts';
import type { RowChange } from './memory-tasks.ts';
import type { Promised, SubWatch } from './sub-watch.ts';

/** Whom a watch of copies asks. */
export interface CopyWatchPorts {
  readonly split: () => Split | undefined;
  readonly rowOf: (id: string) => Readonly<MemoryRow> | undefined;
}

/** Watches that copies are made for whoever is to get them, once, and change nothing of what they are copies of. */
export class CopyWatch implements SubWatch {
  readonly #ports: CopyWatchPorts;
  readonly #promised: Promised;
  readonly #made = new Set<string>();
  #pairs = 0;

  constructor(ports: CopyWatchPorts, promised: Promised) {
    this.#ports = ports;
    this.#promised = promised;
  }

  /** A pair was counted as evidence. */
  paired(): void {
    this.#pairs += 1;
  }

  changed({ row, by }: RowChange): void {
    if (row.shadowOf === null) return;
    this.#promised('copy', by !== 'move' && by !== 'redrive', () => `a copy went on by ${by}: ${row.id}`);
    if (by !== 'submit') return;
    const original = this.#ports.rowOf(row.shadowOf);
    this.#promised('copy', original?.shadowOf === null, () => `${row.id} is a copy of no task`);
    const isRight = this.#ports.split()?.mirror?.revision === row.revision;
    this.#promised('copy', isRight, () => `${row.revision} was given a copy, ${row.id}, and gets none`);
    const name = `${row.shadowOf} ${row.revision}`;
    this.#promised(
      'copy',
      !this.#made.has(name),
      () => `${row.revision} was given a second copy of ${row.shadowOf}`,
    );
    this.#made.add(name);
  }

  over(rows: readonly Readonly<MemoryRow>[]): void {
    const pairs = rows.filter((row) => isPair(row, this.#ports.rowOf));
    for (const { id, isCompared } of pairs)
      this.#promised('copy', isCompared, () => `${id} was never compared`);
    const words = () => `${this.#pairs} of ${pairs.length} pairs were counted`;
    this.#promised('copy', this.#pairs <= pairs.length, words);
  }
}

/** Whether it is a copy that has come to something, as has its original. */
export function isPair(row: Readonly<MemoryRow>, rowOf: CopyWatchPorts['rowOf']): boolean {
  const original = row.shadowOf === null ? undefined : rowOf(row.shadowOf);
  const isTold = (one: Readonly<MemoryRow>): boolean => one.state === 'succeeded' || one.state === 'dead';
  return original !== undefined && isTold(row) && isTold(original);
}
