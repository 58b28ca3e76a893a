import type { Contender } from './contenders.ts';
import type { CellFigures } from './measure-cell.ts';

/** The rounds of one contender with one number of workers. */
export interface Cell {
  readonly contender: Contender;
  readonly workers: number;
  readonly rounds: readonly CellFigures[];
}
