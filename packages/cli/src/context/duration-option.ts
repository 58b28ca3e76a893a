import { parseDuration } from '@sluice/core/kernel/duration.ts';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal } from '../refused.ts';

/** Reads a duration as people give it to `--timeout`: `30m`, `90s`; in milliseconds. */
export function readDuration(text: string, where: string): Outcome<number> {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return { ok: true, value: durationMs };
  return refusal(EXIT.refusedInput, 'invalid-duration', {
    detail: `${where} is "${text}", which is not a duration.`,
    remedy: 'Write for example 90s, 30m or 1h30m.',
  });
}
