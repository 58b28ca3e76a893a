import { describe, expect, it } from 'vitest';
import { seededRandom } from '@sluice/core/kernel/prng.ts';
import { expressionWindows, MOST_WINDOWS, type Window } from './expression-windows.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const WINDOW_MS = 10_000;
/** The windows that ended between two moments, in seconds after noon, of a step that began a little before noon. */
const ended = (from: number, until: number, stepSince = NOON - 400): readonly (readonly [number, number])[] =>
  expressionWindows(stepSince, WINDOW_MS, { from: NOON + from * 1000, until: NOON + until * 1000 }).map(
    (window) => [(window.from - NOON) / 1000, (window.until - NOON) / 1000],
  );

describe('the windows of an expression', () => {
  it('follow one another from the first whole second of the step on', () => {
    expect(ended(-5, 35)).toEqual([
      [0, 10],
      [10, 20],
      [20, 30],
    ]);
    expect(ended(0, 12, NOON + 1)).toEqual([[1, 11]]);
  });

  it('end in exactly one look, wherever looks begin and end, also when they overlap a border', () => {
    const random = seededRandom(3);
    const seen: Window[] = [];
    let from = NOON - 7_000;
    while (from < NOON + 600_000) {
      const until = from + Math.floor(random() * 25) * 1000;
      seen.push(...expressionWindows(NOON, WINDOW_MS, { from, until }));
      from = until;
    }
    expect(seen.length).toBeGreaterThan(50);
    expect(seen.map((window) => window.from)).toEqual(seen.map((_, index) => NOON + index * WINDOW_MS));
  });

  it('never reach back before the step, and there are none of what was looked at before it began', () => {
    expect(ended(-60, 9)).toEqual([]);
    expect(ended(-60, 10)).toEqual([[0, 10]]);
    expect(ended(-60, 30, NOON + 25_000)).toEqual([]);
  });

  it('are none when nothing new was looked at, and when a clock was set back', () => {
    expect(ended(30, 30)).toEqual([]);
    expect(ended(30, 10)).toEqual([]);
    expect(ended(-90, -30)).toEqual([]);
  });

  it('are the newest, after so long an absence that there are too many', () => {
    const after = ended(0, 3_605);
    expect(after).toHaveLength(MOST_WINDOWS);
    expect(after.at(-1)).toEqual([3_590, 3_600]);
    expect(after[0]).toEqual([3_600 - MOST_WINDOWS * 10, 3_610 - MOST_WINDOWS * 10]);
  });
});
