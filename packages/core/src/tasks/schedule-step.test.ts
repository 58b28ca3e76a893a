import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MISSED_AFTER_MS, MOST_MISSED, momentsDue, type NextMoment } from './schedule-moments.ts';
import type { MissedPolicy, OverlapPolicy } from './schedule-spec.ts';
import { scheduleStep } from './schedule-step.ts';

const MINUTE = 60_000;
/** Each so many minutes, for ever. */
const every =
  (minutes: number): NextMoment =>
  (after) =>
    (Math.floor(after / (minutes * MINUTE)) + 1) * minutes * MINUTE;
const HOUR = 60 * MINUTE;

describe('what is due', () => {
  const dueAt = (now: number, missed: MissedPolicy, nextAfter = every(10), planned = 10 * MINUTE) =>
    momentsDue(planned, { now, missed, nextAfter });

  it('is nothing before its moment, and the moment itself', () => {
    expect(dueAt(10 * MINUTE - 1, 'skip')).toEqual({ due: [], next: 10 * MINUTE });
    expect(dueAt(10 * MINUTE, 'skip')).toEqual({ due: [10 * MINUTE], next: 20 * MINUTE });
  });

  it('is not missed when servers were away for a moment', () => {
    const justLate = 10 * MINUTE + MISSED_AFTER_MS;
    for (const missed of ['skip', 'once', 'all'] as const)
      expect(dueAt(justLate, missed).due).toEqual([10 * MINUTE]);
    expect(dueAt(justLate + 1, 'skip')).toEqual({ due: [], next: 20 * MINUTE });
  });

  it('is, of what was missed, nothing, the last, or all of it', () => {
    const now = 45 * MINUTE;
    expect(dueAt(now, 'skip')).toEqual({ due: [], next: 50 * MINUTE });
    expect(dueAt(now, 'once')).toEqual({ due: [40 * MINUTE], next: 50 * MINUTE });
    expect(dueAt(now, 'all').due).toEqual([10, 20, 30, 40].map((minute) => minute * MINUTE));
  });

  it('is the last hundred of a year of minutes, found in no time', () => {
    let steps = 0;
    const counted: NextMoment = (after) => {
      steps += 1;
      return every(1)(after);
    };
    const year = 365 * 24 * HOUR;
    const { due } = dueAt(year, 'all', counted, MINUTE);
    expect([due.length, due.at(-1)]).toEqual([MOST_MISSED, year]);
    expect(steps).toBeLessThan(1_000);
  });

  it('ends where the plan ends', () => {
    const once: NextMoment = (after) => (after < HOUR ? HOUR : null);
    expect(dueAt(5 * HOUR, 'once', once, HOUR)).toEqual({ due: [HOUR], next: null });
  });

  it('never comes twice, whenever somebody looks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 * HOUR }), { minLength: 1, maxLength: 20 }),
        fc.constantFrom<MissedPolicy>('skip', 'once', 'all'),
        fc.integer({ min: 1, max: 90 }),
        (pauses, missed, minutes) => {
          let [now, planned] = [0, minutes * MINUTE];
          const seen: number[] = [];
          for (const pause of pauses) {
            now += pause;
            const { due, next } = momentsDue(planned, { now, missed, nextAfter: every(minutes) });
            seen.push(...due);
            planned = next ?? Number.NaN;
          }
          expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
          expect(seen.every((moment) => moment % (minutes * MINUTE) === 0 && moment <= now)).toBe(true);
        },
      ),
    );
  });
});

describe('a moment that comes while the task before has not ended', () => {
  const step = (overlap: OverlapPolicy, isBusy: boolean, heldAt: number | null = null) =>
    scheduleStep(
      { missed: 'once', overlap, withinMs: null },
      { plannedAt: 10 * MINUTE, heldAt },
      { now: 10 * MINUTE, isBusy, nextAfter: every(10) },
    );

  it('happens where that is allowed', () => {
    expect(step('allow', true)).toEqual({ fire: [10 * MINUTE], plannedAt: 20 * MINUTE, heldAt: null });
  });

  it('is left out, or waits, as the policy says', () => {
    expect(step('skip', true)).toEqual({ fire: [], plannedAt: 20 * MINUTE, heldAt: null });
    expect(step('queue', true)).toEqual({ fire: [], plannedAt: 20 * MINUTE, heldAt: 10 * MINUTE });
  });

  it('waits instead of the one that waited before', () => {
    expect(step('queue', true, 5 * MINUTE).heldAt).toBe(10 * MINUTE);
  });

  it('happens when that has ended', () => {
    const world = { now: 12 * MINUTE, isBusy: false, nextAfter: every(10) };
    const spec = { missed: 'once', overlap: 'queue', withinMs: null } as const;
    const progress = { plannedAt: 20 * MINUTE, heldAt: 10 * MINUTE };
    expect(scheduleStep(spec, progress, world)).toEqual({
      ...{ fire: [10 * MINUTE], plannedAt: 20 * MINUTE, heldAt: null },
    });
  });

  it('is given up when it is of no use any more', () => {
    const world = { now: 12 * MINUTE, isBusy: false, nextAfter: every(10) };
    const spec = { missed: 'all', overlap: 'queue', withinMs: MINUTE } as const;
    expect(scheduleStep(spec, { plannedAt: 20 * MINUTE, heldAt: 10 * MINUTE }, world).fire).toEqual([]);
  });
});
