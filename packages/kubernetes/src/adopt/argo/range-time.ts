import { goDurationMs } from './go-duration.ts';

const NOW_AND_DURATIONS = /^\s*now\(\)\s*((?:[-+]\s*duration\(\s*(?:"[^"]*"|'[^']*')\s*\)\s*)*)$/;
const ONE_DURATION = /([-+])\s*duration\(\s*["']([^"']*)["']/g;

/** How long ago a time of a range query is, in ms: `now()`, or `now() - duration("1h")`. Undefined for any other. */
export function agoMs(text: string): number | undefined {
  const durations = NOW_AND_DURATIONS.exec(text)?.[1];
  if (durations === undefined) return undefined;
  let ago = 0;
  for (const [, sign, duration] of durations.matchAll(ONE_DURATION)) {
    const ms = goDurationMs(duration ?? '');
    if (ms === undefined) return undefined;
    ago += sign === '-' ? ms : -ms;
  }
  return ago;
}
