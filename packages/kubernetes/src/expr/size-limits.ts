import { exprFault } from './expr-value.ts';

/** Items of a list that an expression makes; the language itself stops at a million. */
const MAX_ITEMS = 100_000;
/** Characters of a text that an expression makes. */
const MAX_TEXT = 1_000_000;

/** Throws a fault when an expression would make something larger than it may. */
export function within(what: 'list' | 'text', size: number): void {
  const most = what === 'list' ? MAX_ITEMS : MAX_TEXT;
  if (size > most) throw exprFault(`the expression makes a ${what} of more than ${most} parts`);
}
