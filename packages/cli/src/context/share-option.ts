import { parseShare } from '@sluice/core/kernel/share.ts';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal } from '../refused.ts';

/** Reads a share as people give it to `--canary-weight`: `25` or `25%`; in basis points, 1 to 10,000. */
export function readShare(text: string, where: string): Outcome<number> {
  const basisPoints = parseShare(text.trim().endsWith('%') ? text : `${text.trim()}%`);
  if (basisPoints !== undefined && basisPoints >= 1) return { ok: true, value: basisPoints };
  return refusal(EXIT.refusedInput, 'invalid-share', {
    detail: `${where} is "${text}", which is not a share of the traffic.`,
    remedy: 'Give a percentage above 0 and up to 100, with at most two decimals: 25 or 0.5%.',
  });
}
