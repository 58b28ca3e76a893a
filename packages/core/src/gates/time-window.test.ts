import { describe, expect, test } from 'vitest';
import { formatTimes, isTimeZone, parseTimes, type TimeWindow, windowsAt } from './time-window.ts';

const windowOf = (effect: 'allow' | 'deny', text: string, zone = 'Europe/Berlin'): TimeWindow => {
  const times = parseTimes(text);
  if (!times) throw new Error(`${text} is no time`);
  return { name: text, effect, zone, underWay: 'hold', ...times };
};
const OFFICE = windowOf('allow', 'mon-fri 09:00-17:00');
const at = (text: string): number => Date.parse(text);
const look = (windows: readonly TimeWindow[], text: string) => {
  const { isOpen, opensAt } = windowsAt(windows, at(text));
  return isOpen ? 'open' : opensAt === null ? 'closed' : new Date(opensAt).toISOString();
};

describe('windows', () => {
  test('are open within one that allows, by the clock of its zone', () => {
    expect(look([OFFICE], '2026-11-20T08:00:00Z')).toBe('open');
    expect(look([OFFICE], '2026-11-20T15:59:59Z')).toBe('open');
    expect(look([OFFICE], '2026-11-20T07:59:59.999Z')).toBe('2026-11-20T08:00:00.000Z');
    // Friday evening: the next is on Monday.
    expect(look([OFFICE], '2026-11-20T16:00:00Z')).toBe('2026-11-23T08:00:00.000Z');
  });

  test('are open all the time where there is none, and where those there are deny at other times', () => {
    expect(look([], '2026-11-22T03:00:00Z')).toBe('open');
    expect(look([windowOf('deny', 'fri 12:00-24:00')], '2026-11-20T10:59:00Z')).toBe('open');
  });

  test('that deny are stronger than those that allow', () => {
    const both = [OFFICE, windowOf('deny', 'fri 12:00-24:00')];
    expect(look(both, '2026-11-20T10:00:00Z')).toBe('open');
    expect(look(both, '2026-11-20T11:00:00Z')).toBe('2026-11-23T08:00:00.000Z');
    expect(windowsAt(both, at('2026-11-20T12:00:00Z')).deniedBy).toBe('fri 12:00-24:00');
  });

  test('go over midnight into the day after', () => {
    const night = [windowOf('allow', 'sat 22:00-02:00', 'UTC')];
    expect(look(night, '2026-11-21T22:00:00Z')).toBe('open');
    expect(look(night, '2026-11-22T01:59:00Z')).toBe('open');
    expect(look(night, '2026-11-22T02:00:00Z')).toBe('2026-11-28T22:00:00.000Z');
    expect(look(night, '2026-11-20T23:00:00Z')).toBe('2026-11-21T22:00:00.000Z');
  });

  test('that can never be open say so', () => {
    const never = [windowOf('allow', 'mon 09:00-10:00'), windowOf('deny', 'daily')];
    expect(look(never, '2026-11-20T11:00:00Z')).toBe('closed');
  });
});

describe('when clocks are changed', () => {
  test('nine in the morning stays nine in the morning', () => {
    // Summer time began on 29 March 2026 at 01:00Z.
    expect(look([OFFICE], '2026-03-27T17:00:00Z')).toBe('2026-03-30T07:00:00.000Z');
    // And ended on 25 October 2026 at 01:00Z.
    expect(look([OFFICE], '2026-10-23T16:00:00Z')).toBe('2026-10-26T08:00:00.000Z');
  });

  test('a window that begins in the hour that is left out begins right after it', () => {
    const early = [windowOf('allow', 'sun 02:30-05:00')];
    expect(look(early, '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:00:00.000Z');
    expect(look(early, '2026-03-29T02:59:00Z')).toBe('open');
    expect(look(early, '2026-03-29T03:00:00Z')).not.toBe('open');
  });

  test('a window in the hour that comes twice is open both times', () => {
    const twice = [windowOf('allow', 'sun 02:00-03:00')];
    expect(look(twice, '2026-10-25T00:30:00Z')).toBe('open');
    expect(look(twice, '2026-10-25T01:30:00Z')).toBe('open');
    expect(look(twice, '2026-10-25T02:00:00Z')).not.toBe('open');
    expect(look(twice, '2026-10-24T12:00:00Z')).toBe('2026-10-25T00:00:00.000Z');
  });

  test('a window that is open twice, or opens by the change itself, says when it does so next', () => {
    // The clock goes from 03:00 back to 02:00 at 01:00Z.
    expect(look([windowOf('allow', 'sun 02:30-03:00')], '2026-10-25T01:10:00Z')).toBe(
      '2026-10-25T01:30:00.000Z',
    );
    expect(look([windowOf('deny', 'sun 02:00-02:30')], '2026-10-25T01:10:00Z')).toBe(
      '2026-10-25T01:30:00.000Z',
    );
    expect(look([windowOf('allow', 'sun 01:00-02:30')], '2026-10-25T00:40:00Z')).toBe(
      '2026-10-25T01:00:00.000Z',
    );
    // Half an hour, by which Lord Howe Island goes, and Chatham's zone of three quarters.
    const lordHowe = [windowOf('allow', 'sun 01:45-02:15', 'Australia/Lord_Howe')];
    expect(look(lordHowe, '2026-10-03T15:00:00Z')).toBe('2026-10-03T15:15:00.000Z');
    expect(look(lordHowe, '2026-10-03T15:29:00Z')).toBe('open');
    const chatham = [windowOf('allow', 'sun 03:00-05:00', 'Pacific/Chatham')];
    expect(look(chatham, '2026-04-04T14:10:00Z')).toBe('2026-04-04T14:15:00.000Z');
  });

  test('a leap day is a day like others', () => {
    const mondays = [windowOf('allow', 'mon 00:00-24:00', 'UTC')];
    expect(look(mondays, '2028-02-29T12:00:00Z')).toBe('2028-03-06T00:00:00.000Z');
    expect(look([windowOf('allow', 'tue', 'UTC')], '2028-02-29T12:00:00Z')).toBe('open');
  });

  test('zones whose day is far from that of UTC are right as well', () => {
    const kiritimati = [windowOf('allow', 'mon 00:00-01:00', 'Pacific/Kiritimati')];
    expect(look(kiritimati, '2026-11-22T10:00:00Z')).toBe('open');
    expect(look(kiritimati, '2026-11-22T09:59:00Z')).toBe('2026-11-22T10:00:00.000Z');
  });
});

test('times are read and written as people do', () => {
  for (const text of ['mon-fri 09:00-17:00', 'mon,wed-thu 00:00-24:00', 'daily 22:00-02:00'])
    expect(formatTimes(parseTimes(text) ?? { days: [], fromMinute: 0, toMinute: 0 })).toBe(text);
  expect(parseTimes('sat,sun')).toEqual({ days: [6, 7], fromMinute: 0, toMinute: 1440 });
  expect(parseTimes('fri-mon')?.days).toEqual([1, 5, 6, 7]);
  for (const wrong of [
    '',
    'mo',
    'mon 9-17',
    'mon 09:00-09:00',
    'mon 24:00-25:00',
    'mon 09:60-10:00',
    'mon 1 2',
  ])
    expect(parseTimes(wrong)).toBeUndefined();
});

test('zones are those of the IANA database', () => {
  expect(isTimeZone('America/New_York')).toBe(true);
  expect(isTimeZone('Mars/Olympus')).toBe(false);
  expect(isTimeZone('')).toBe(false);
});
