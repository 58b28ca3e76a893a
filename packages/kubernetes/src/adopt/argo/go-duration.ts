const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** Reads a duration as Go's `time.ParseDuration` does (`1h30m`, `1.5s`, `0`), as whole ms from 0 up; otherwise undefined. */
export function goDurationMs(text: string): number | undefined {
  const unsigned = text.startsWith('+') ? text.slice(1) : text;
  if (unsigned === '0') return 0;
  const parts = [...unsigned.matchAll(PART)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== unsigned) return undefined;
  return Math.round(
    parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ''] ?? 0), 0),
  );
}

/** Reads the duration of a pause: a number of seconds, or a Go duration cut to whole seconds; in ms, or undefined. */
export function pauseMs(duration: number | string): number | undefined {
  if (typeof duration === 'number')
    return Number.isInteger(duration) && duration >= 0 ? duration * 1000 : undefined;
  if (/^\d+$/.test(duration)) return Number(duration) * 1000;
  const ms = goDurationMs(duration);
  return ms === undefined ? undefined : Math.floor(ms / 1000) * 1000;
}
