import { assert } from '@sluice/core/kernel/assert.ts';
import { parseDuration } from '@sluice/core/kernel/duration.ts';
import { parseShare } from '@sluice/core/kernel/share.ts';

/** A duration from the defaults of the language, in milliseconds. */
export function defaultMs(text: string): number {
  const ms = parseDuration(text);
  assert(ms !== undefined, `the default "${text}" is not a duration`);
  return ms;
}

/** A share from the defaults of the language, in basis points. */
export function defaultBasisPoints(text: string): number {
  const basisPoints = parseShare(text);
  assert(basisPoints !== undefined, `the default "${text}" is not a share`);
  return basisPoints;
}
