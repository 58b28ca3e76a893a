import type { Random } from '@sluice/core/kernel/prng.ts';

const HOUR = 3600;

/** A load that comes back each day in some way. */
export interface LoadPattern {
  readonly name: string;
  readonly says: string;
  /** Tasks that come in per second, at a second of a day. */
  readonly rate: (second: number, day: number) => number;
}

/** The day that is measured; the ones before are its history. The first is a Monday. */
export const MEASURED_DAY = 14;

const bell = (second: number, atHour: number, widthHours: number): number =>
  Math.exp(-(((second / HOUR - atHour) / widthHours) ** 2) / 2);
const isWeekend = (day: number): boolean => day % 7 >= 5;

/** Loads that pools meet; each has about the same tasks in a day. */
export const PATTERNS: readonly LoadPattern[] = [
  {
    name: 'office',
    says: 'rises for hours, with a peak in the morning and one after noon',
    rate: (second) => 0.05 + 0.9 * bell(second, 10, 1.2) + 0.7 * bell(second, 15, 1.4),
  },
  {
    name: 'nightly batch',
    says: 'is ten times as much from 02:00 sharp for half an hour',
    rate: (second) => (second >= 2 * HOUR && second < 2.5 * HOUR ? 2 : 0.1),
  },
  {
    name: 'hourly batches',
    says: 'is eight times as much for five minutes from each full hour',
    rate: (second) => (second % HOUR < 300 ? 1.2 : 0.15),
  },
  {
    name: 'bursts at any time',
    says: 'has ten bursts of five minutes, each day at other times',
    rate: (second, day) => {
      const isBurst = Array.from({ length: 10 }, (_, nth) => burstAt(day, nth)).some(
        (begin) => second >= begin && second < begin + 300,
      );
      return isBurst ? 2 : 0.1;
    },
  },
  {
    name: 'a holiday',
    says: 'is an office that is closed on the day that is measured, and on weekends',
    rate: (second, day) => {
      const office = 0.05 + 0.9 * bell(second, 10, 1.2) + 0.7 * bell(second, 15, 1.4);
      return day === MEASURED_DAY || isWeekend(day) ? 0.02 : office;
    },
  },
];

/** A second of a day that is the same whenever it is asked for. */
function burstAt(day: number, nth: number): number {
  const mixed = Math.imul((day + 1) * 7919 + nth * 104_729, 2_654_435_761) >>> 0;
  return mixed % (23 * HOUR);
}

/** How many come in within a second, by Knuth's method for small means. */
export function poisson(mean: number, random: Random): number {
  const floor = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > floor; product *= random()) count++;
  return count;
}
