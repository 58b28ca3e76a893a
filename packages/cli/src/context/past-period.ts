import { parseDuration } from '@sluice/core/kernel/duration.ts';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal } from '../refused.ts';

const DAY_MS = 86_400_000;

/**
 * Reads a moment as people give it: `2026-01-15`, `2026-01-15T12:00:00Z`, or a span before now such as `90m`, `24h`, `30d`; in
 * milliseconds since 1970. A day begins at midnight UTC.
 */
function readPastMoment(text: string, option: string, now: number): Outcome<number> {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  const spanMs = days === undefined ? parseDuration(text) : Number(days) * DAY_MS;
  if (spanMs !== undefined) return { ok: true, value: Math.max(0, now - spanMs) };
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (at >= 0) return { ok: true, value: at };
  return refusal(EXIT.refusedInput, 'invalid-moment', {
    detail: `${option} is "${text}", which is no moment.`,
    remedy:
      'Write a day such as 2026-01-15, a moment such as 2026-01-15T12:00:00Z, or a span before now such as 30d.',
  });
}

/** Reads the beginning and the end of a period, where they are given. */
export function readPeriod(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: number,
): Outcome<{ readonly from?: number; readonly to?: number }> {
  const begins = from === undefined ? undefined : readPastMoment(from, '--from', now);
  if (begins?.ok === false) return begins;
  const ends = to === undefined ? undefined : readPastMoment(to, '--to', now);
  if (ends?.ok === false) return ends;
  return {
    ok: true,
    value: { ...(begins && { from: begins.value }), ...(ends && { to: ends.value }) },
  };
}
