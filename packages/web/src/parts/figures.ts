const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** A count with its thousands apart. */
export const countWords = (count: number): string => WHOLE.format(count);

/** A figure with three digits that count. */
export const figureWords = (value: number): string =>
  Math.abs(value) >= 1000 ? WHOLE.format(value) : SHORT.format(value);

/** Basis points as people write them: `25 %`. */
export const shareWords = (basisPoints: number): string => `${SHORT.format(basisPoints / 100)} %`;

/** A rate from 0 to 1 as a percentage; a dash without one. */
export const rateWords = (rate: number | null): string =>
  rate === null ? '–' : `${SHORT.format(rate * 100)} %`;

/** Milliseconds of an answer; a dash without any. */
export const latencyWords = (ms: number | null): string => {
  if (ms === null) return '–';
  return ms >= 1000 ? `${SHORT.format(ms / 1000)} s` : `${SHORT.format(ms)} ms`;
};

const BYTES = [
  [2 ** 40, 'TiB'],
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
] as const;

/** An amount of memory: `128 MiB`; a dash where nobody knows it. */
export function bytesWords(bytes: number | null): string {
  if (bytes === null) return '–';
  const [size, unit] = BYTES.find(([least]) => bytes >= least) ?? [1, 'B'];
  return `${SHORT.format(bytes / size)} ${unit}`;
}

/** Thousandths of a processor as percentages of one: `25 %`; a dash where nobody knows it. */
export const cpuWords = (cpuMillis: number | null): string =>
  cpuMillis === null ? '–' : `${SHORT.format(cpuMillis / 10)} %`;

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;

/** A length of time in its largest unit that is whole enough to mean something: `3 min`, `2 h`. */
export function spanWords(ms: number): string {
  const [size, unit] = UNITS.find(([least]) => ms >= least) ?? [1000, 's'];
  return `${WHOLE.format(Math.floor(ms / size))} ${unit}`;
}
