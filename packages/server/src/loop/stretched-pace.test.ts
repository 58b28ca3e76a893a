import { describe, expect, it, test } from 'vitest';
import { seededRandom } from '@sluice/core/kernel/prng.ts';
import { stretchedPace } from './stretched-pace.ts';

const WANTED = { activeMs: 1000, idleMs: 30_000 };
const next = (lookedAt: number, dueAt: number, now: number): number =>
  stretchedPace(WANTED, { lookedAt, dueAt, now, place: 0.5, isFirst: false }).activeMs;

test.each([
  ['in time, the wanted pace is kept', 0, 1000, 1100, 1000],
  ['late, the next look takes as long as this round has taken', 0, 1000, 5000, 5000],
  ['a little late, it stays as it was', 0, 10_000, 10_200, 10_000],
  ['in time again, it comes a little sooner', 0, 10_000, 10_100, 9450],
  ['it never comes sooner than wanted', 0, 1010, 1020, 1000],
  ['it never comes later than an idle look', 0, 20_000, 60_000, 30_000],
  ['after a command, which makes it due at once, the wanted pace counts', 5000, 5000, 5100, 1000],
  ['a clock of the store that is ahead does no harm', 9000, 5000, 5100, 1000],
])('%s', (_, lookedAt, dueAt, now, expected) => {
  expect(next(lookedAt, dueAt, now)).toBe(expected);
});

it('leaves the pace of what is idle alone', () => {
  const look = { lookedAt: 0, dueAt: 1000, now: 9000, place: 0.5, isFirst: false };
  expect(stretchedPace(WANTED, look).idleMs).toBe(30_000);
});

it('sets apart what is stretched, by a seventh at most, and nothing else', () => {
  const at = (place: number, now: number): number =>
    stretchedPace(WANTED, { lookedAt: 0, dueAt: 1000, now, place, isFirst: false }).activeMs;
  expect([at(0, 10_000), at(0.5, 10_000), at(0.9999, 10_000)]).toEqual([8500, 10_000, 11_500]);
  expect([at(0, 1100), at(0.9999, 1100)]).toEqual([1000, 1000]);
});

it('gives each track a place within one pace after its first look, however late that was', () => {
  const at = (place: number): number =>
    stretchedPace(WANTED, { lookedAt: 0, dueAt: 0, now: 9000, place, isFirst: true }).activeMs;
  expect([at(0.001), at(0.5), at(0.9999)]).toEqual([1, 500, 1000]);
});

interface Seat {
  lookedAt: number;
  dueAt: number;
}

/** One worker that looks at whatever is due the longest; each look takes a while. Gives the lags of the last minutes. */
function lagsOf(tracks: number, lookMs: number, minutes: number): readonly number[] {
  const seats: Seat[] = Array.from({ length: tracks }, () => ({ lookedAt: -1000, dueAt: 0 }));
  const end = minutes * 60_000;
  const lags: number[] = [];
  const random = seededRandom(1);
  for (let now = 0; now < end; ) {
    const seat = seats.reduce((first, other) => (other.dueAt < first.dueAt ? other : first));
    now = Math.max(now, seat.dueAt) + lookMs;
    if (now > end / 2) lags.push(now - seat.dueAt);
    const { activeMs } = stretchedPace(WANTED, { ...seat, now, place: random(), isFirst: seat.lookedAt < 0 });
    Object.assign(seat, { lookedAt: now, dueAt: now + activeMs });
  }
  return lags.toSorted((a, b) => a - b);
}

const quantile = (sorted: readonly number[], q: number): number => sorted[Math.floor(q * sorted.length)] ?? 0;

describe('a loop with more tracks than it can look at in time', () => {
  const lags = lagsOf(800, 10, 8);

  it('looks within a second of the time, though all were due at once in the beginning', () => {
    expect(quantile(lags, 0.99)).toBeLessThan(1000);
  });

  it('is not idle for the sake of it: it does at least nine tenths of the looks that it can', () => {
    expect(lags.length).toBeGreaterThan((0.9 * 4 * 60_000) / 10);
  });

  it('keeps the wanted pace when it can', () => {
    expect(lagsOf(10, 50, 2).length).toBeGreaterThanOrEqual((10 * 60_000) / 1060);
  });
});
