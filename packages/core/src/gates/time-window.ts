import { daysSinceEpoch } from '../kernel/civil-date.ts';
import type { Instant } from '../kernel/instant.ts';

/** A time of the week, by the clock on the wall of a time zone. */
export interface TimeWindow {
  readonly name: string;
  /** Releases go out within those that allow alone, and never within one that denies. */
  readonly effect: 'allow' | 'deny';
  /** Days on which it begins: 1 is Monday, 7 is Sunday. */
  readonly days: readonly number[];
  /** Minutes after midnight at which it begins, 0 to 1439. */
  readonly fromMinute: number;
  /** Minutes after midnight at which it ends, 1 to 1440; not after `fromMinute` means on the next day. */
  readonly toMinute: number;
  /** A name of the IANA time zone database: `Europe/Berlin`. */
  readonly zone: string;
  /** Whether it holds what is under way before each larger share, or lets that finish. */
  readonly underWay: 'hold' | 'finish';
}

/** Whether releases may go out by some windows. */
export interface WindowsState {
  readonly isOpen: boolean;
  /** The window that denies, or null. */
  readonly deniedBy: string | null;
  /** When they may; null while they may, and when it is not within two weeks. */
  readonly opensAt: Instant | null;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1440;
/** Windows are weekly, so that what does not open within two weeks never does. */
const REACH_DAYS = 15;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Looks whether releases may go out at a moment: within some window that allows, if there are any, and none that denies. */
export function windowsAt(windows: readonly TimeWindow[], at: Instant): WindowsState {
  const clocks = new Map(windows.map(({ zone }) => [zone, clockOf(zone)] as const));
  const present = stateAt(windows, clocks, at);
  if (present.isOpen) return { ...present, opensAt: null };
  const next = bordersAfter(windows, clocks, at).find((border) => stateAt(windows, clocks, border).isOpen);
  return { ...present, opensAt: next ?? null };
}

interface Clock {
  /** What the clock on the wall shows, as if it were in UTC. */
  wall(at: Instant): Instant;
  /** The moments at which it shows that: none where that is left out, two where it comes twice. */
  moments(wall: Instant): readonly Instant[];
  /** The moments within the reach of windows at which it is changed. */
  changes(from: Instant): readonly Instant[];
}

type Clocks = ReadonlyMap<string, Clock>;

function stateAt(windows: readonly TimeWindow[], clocks: Clocks, at: Instant): Omit<WindowsState, 'opensAt'> {
  const isWithin = (window: TimeWindow): boolean => contains(window, clocks.get(window.zone)?.wall(at) ?? at);
  const denying = windows.find((window) => window.effect === 'deny' && isWithin(window));
  const allowing = windows.filter(({ effect }) => effect === 'allow');
  const isOpen = denying === undefined && (allowing.length === 0 || allowing.some(isWithin));
  return { isOpen, deniedBy: denying?.name ?? null };
}

function contains({ days, fromMinute, toMinute }: TimeWindow, wall: Instant): boolean {
  const minute = Math.floor(modulo(wall, DAY_MS) / MINUTE_MS);
  const today = weekday(wall);
  const yesterday = weekday(wall - DAY_MS);
  if (fromMinute < toMinute) return days.includes(today) && minute >= fromMinute && minute < toMinute;
  return (days.includes(today) && minute >= fromMinute) || (days.includes(yesterday) && minute < toMinute);
}

/** The first of January 1970 was a Thursday. */
const weekday = (wall: Instant): number => modulo(Math.floor(wall / DAY_MS) + 3, 7) + 1;
const modulo = (value: number, by: number): number => ((value % by) + by) % by;

function bordersAfter(windows: readonly TimeWindow[], clocks: Clocks, at: Instant): readonly Instant[] {
  const borders = windows.flatMap(({ zone, fromMinute, toMinute }) => {
    const clock = clocks.get(zone);
    if (clock === undefined) return [];
    const today = Math.floor(clock.wall(at) / DAY_MS) * DAY_MS;
    return Array.from({ length: REACH_DAYS + 1 }, (_, day) =>
      [fromMinute, toMinute % DAY_MINUTES].flatMap((minute) =>
        clock.moments(today + (day - 1) * DAY_MS + minute * MINUTE_MS),
      ),
    ).flat();
  });
  // Where a clock is set forward or back, windows begin and end without their hour being shown.
  const changes = [...clocks.values()].flatMap((clock) => clock.changes(at));
  return [...borders, ...changes].filter((border) => border > at).toSorted((a, b) => a - b);
}

/** @throws RangeError when there is no such zone; declared windows were checked with `isTimeZone` */
function clockOf(zone: string): Clock {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const wall = (at: Instant): Instant => {
    const parts = Object.fromEntries(
      format.formatToParts(at).map(({ type, value }) => [type, Number(value)] as const),
    );
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    const seconds = (hour * 60 + minute) * 60 + second;
    return daysSinceEpoch(year, month, day) * DAY_MS + seconds * 1000 + modulo(at, 1000);
  };
  const moments = (wanted: Instant): readonly Instant[] => {
    // Clocks differ from UTC by less than a day, and what they differ by changes rarely: what fits on either side.
    const offsets = [wanted - DAY_MS, wanted + DAY_MS].map((near) => wall(near) - near);
    const candidates = [...new Set(offsets)].map((offset) => wanted - offset);
    return candidates.filter((candidate) => wall(candidate) === wanted);
  };
  const offset = (at: Instant): number => wall(at) - at;
  const changes = (from: Instant): readonly Instant[] => {
    const days = Array.from({ length: REACH_DAYS + 1 }, (_, day) => from + day * DAY_MS);
    const changed = days.filter((day) => offset(day) !== offset(day + DAY_MS));
    return changed.map((day) => firstOf(day, day + DAY_MS, (at) => offset(at) === offset(day + DAY_MS)));
  };
  return { wall, moments, changes };
}

/** The first full minute after one moment, up to another, from which on something is so. */
function firstOf(before: Instant, from: Instant, isSo: (at: Instant) => boolean): Instant {
  let [low, high] = [Math.floor(before / MINUTE_MS), Math.ceil(from / MINUTE_MS)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isSo(middle * MINUTE_MS)) high = middle;
    else low = middle;
  }
  return high * MINUTE_MS;
}

/** Whether there is a time zone of this name. */
export function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/**
 * Reads `mon-fri 09:00-17:00`, `sat,sun`, `fri 22:00-02:00`, `daily 12:00-24:00`: days, and hours of the day if not all of it.
 * @returns undefined when the text is no such time
 */
export function parseTimes(text: string): Pick<TimeWindow, 'days' | 'fromMinute' | 'toMinute'> | undefined {
  const [dayText = '', hourText = '00:00-24:00', more] = text.trim().toLowerCase().split(/\s+/);
  const days = parseDays(dayText);
  const hours = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(hourText);
  if (more !== undefined || days === undefined || !hours) return undefined;
  const [fromMinute, toMinute] = [minuteOf(hours[1], hours[2]), minuteOf(hours[3], hours[4])];
  if (fromMinute === undefined || toMinute === undefined) return undefined;
  if (fromMinute === DAY_MINUTES || fromMinute === toMinute) return undefined;
  return { days, fromMinute, toMinute: toMinute === 0 ? DAY_MINUTES : toMinute };
}

function minuteOf(hour: string | undefined, minute: string | undefined): number | undefined {
  const minutes = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && minutes <= DAY_MINUTES ? minutes : undefined;
}

function parseDays(text: string): readonly number[] | undefined {
  if (text === 'daily') return [1, 2, 3, 4, 5, 6, 7];
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [first, last = first, more] = part.split('-').map((day) => DAYS.indexOf(day) + 1);
    if (!first || !last || more !== undefined) return undefined;
    for (let day = first; ; day = (day % 7) + 1) {
      found.add(day);
      if (day === last) break;
    }
  }
  return [...found].toSorted((a, b) => a - b);
}

/** Times as `parseTimes` reads them. */
export function formatTimes({
  days,
  fromMinute,
  toMinute,
}: Pick<TimeWindow, 'days' | 'fromMinute' | 'toMinute'>): string {
  const names = days.length === 7 ? 'daily' : dayRanges(days).join(',');
  const clock = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return `${names} ${clock(fromMinute)}-${clock(toMinute)}`;
}

function dayRanges(days: readonly number[]): readonly string[] {
  const ranges: [number, number][] = [];
  for (const day of days) {
    const last = ranges.at(-1);
    if (last && last[1] === day - 1) last[1] = day;
    else ranges.push([day, day]);
  }
  const name = (day: number): string => DAYS[day - 1] ?? '';
  return ranges.map(([from, to]) => (from === to ? name(from) : `${name(from)}-${name(to)}`));
}
