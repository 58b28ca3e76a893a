import { formatCount } from '@sluice/core/analysis/explain-judgement.ts';

/** A span as people say it, to the second: `34 s`, `1 min 24 s`, `2 h 5 min`, `3 d`. */
export function spanWords(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  return hours < 24
    ? joined(hours, 'h', minutes % 60, 'min')
    : joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const joined = (first: number, unit: string, second: number, smaller: string): string =>
  second === 0 ? `${first} ${unit}` : `${first} ${unit} ${second} ${smaller}`;

/** `5 min ago`. */
export const agoWords = (at: number, now: number): string => `${spanWords(now - at)} ago`;

/** A moment in the local time of the machine: `2026-01-15 12:00:05`. */
export function momentWords(at: number): string {
  const date = new Date(at);
  const local = new Date(at - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

/** A rate of errors: `0.16 %`; a dash without requests. */
export function rateWords(errors: number, requests: number): string {
  if (requests === 0) return '-';
  const percent = (errors / requests) * 100;
  return `${percent === 0 ? '0' : percent < 0.01 ? '<0.01' : percent.toFixed(2)} %`;
}

/** Milliseconds to two or three digits: `8.1 ms`, `43 ms`, `1.2 s`; a dash when nothing was measured. */
export function latencyWords(latencyMs: number | null): string {
  if (latencyMs === null) return '-';
  if (latencyMs >= 1000) return `${(latencyMs / 1000).toFixed(1)} s`;
  return latencyMs < 10 ? `${latencyMs.toFixed(1)} ms` : `${Math.round(latencyMs)} ms`;
}

/** `1 request`, `12,340 requests`. */
export const countWords = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;
