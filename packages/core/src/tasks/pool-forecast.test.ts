import { describe, expect, it } from 'vitest';
import { foreseenPlaces, HISTORY_BUCKET_MS, type LoadHistory } from './pool-forecast.ts';

const DAY_MS = 86_400_000;
const NOW = 100 * DAY_MS + 8 * 3_600_000;

/** Days with ten places from eight to nine, and two before, for so many days before now; today so many before eight. */
function history(days: number, today = 2): LoadHistory {
  const entries = new Map<number, number>();
  for (let day = 0; day <= days; day++)
    for (let minute = -120; minute < 60; minute += 5) {
      const at = NOW - day * DAY_MS + minute * 60_000;
      if (at < NOW) entries.set(at, day === 0 ? today : minute < 0 ? 2 : 10);
    }
  return entries;
}

describe('what earlier days say of the load to come', () => {
  it('is what they needed in the time ahead', () => {
    expect(foreseenPlaces(history(7), NOW - 60_000, 300_000)).toBe(10);
    expect(foreseenPlaces(history(7), NOW - 1_800_000, 300_000)).toBe(2);
  });

  it('is nothing before there are some days', () => {
    expect(foreseenPlaces(new Map(), NOW, 300_000)).toBe(0);
    expect(foreseenPlaces(history(2), NOW, 300_000)).toBe(0);
    expect(foreseenPlaces(history(3), NOW, 300_000)).toBeGreaterThan(0);
  });

  it('is at the level of today, within bounds', () => {
    expect(foreseenPlaces(history(7, 1), NOW - 60_000, 300_000)).toBe(5);
    expect(foreseenPlaces(history(7, 100), NOW - 60_000, 300_000)).toBe(15);
    expect(foreseenPlaces(history(7, 0), NOW - 60_000, 300_000)).toBe(0);
  });

  it('does not take what nobody has seen for nothing', () => {
    const seen = [...history(7)];
    const gaps = new Map(seen.filter(([at]) => at < NOW - 3 * DAY_MS || at > NOW - 2 * DAY_MS));
    expect(foreseenPlaces(gaps, NOW - 60_000, 300_000)).toBe(10);
  });

  it('follows most days, and not one that was out of line', () => {
    const odd = new Map(history(7)).set(NOW - 5 * DAY_MS, 900);
    expect(foreseenPlaces(odd, NOW - 60_000, HISTORY_BUCKET_MS)).toBe(10);
  });
});
