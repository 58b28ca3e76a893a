import type { MemoryRow } from './memory-row.ts';
import type { RowChange } from './memory-tasks.ts';

/** Says whether a promise holds; the first one that does not is kept. */
export type Promised = (promise: string, holds: boolean, words: () => string) => void;

/** Watches some of the promises about tasks. */
export interface SubWatch {
  /** A statement has changed a task. */
  changed(change: RowChange): void;
  /** Everything is over. */
  over?(rows: readonly Readonly<MemoryRow>[]): void;
}
