import { parseDuration } from '@sluice/core/kernel/duration.ts';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal } from '../refused.ts';

/** A moment with its zone, so that nobody has to guess: `2026-12-24T12:00Z`, `2026-12-24T12:00+01:00`. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/;

/** Reads a moment, or how long from now it is: `2h`, `3d`. */
export function readMoment(text: string, option: string, now: number): Outcome<number> {
  const after = parseDuration(text);
  if (after !== undefined) return { ok: true, value: now + after };
  const at = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return { ok: true, value: at };
  return refusal(EXIT.refusedInput, 'invalid-moment', {
    detail: `"${text}" is no moment for ${option}.`,
    remedy: 'Write a time from now such as 2h or 3d, or a moment with its zone such as 2026-12-24T12:00Z.',
  });
}
