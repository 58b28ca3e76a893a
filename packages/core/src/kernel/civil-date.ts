import type { Instant } from './instant.ts';

const DAY_MS = 86_400_000;

/** Days from 1970-01-01 to a date of the Gregorian calendar (Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
export function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** A moment in UTC to the minute, as people read it: `2026-11-23 08:00Z`. */
export function formatMinute(at: Instant): string {
  const days = Math.floor(at / DAY_MS);
  const minutes = Math.floor((at - days * DAY_MS) / 60_000);
  const { year, month, day } = dateOf(days);
  const [hour, minute] = [Math.floor(minutes / 60), minutes % 60];
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}Z`;
}

/** A moment in UTC to the millisecond, in the form of RFC 3339: `2026-11-23T08:00:00.000Z`; for years from 0 to 9999. */
export function formatInstant(at: Instant): string {
  const days = Math.floor(at / DAY_MS);
  const rest = Math.trunc(at - days * DAY_MS);
  const { year, month, day } = dateOf(days);
  const [hour, minute, second] = [
    Math.floor(rest / 3_600_000),
    Math.floor(rest / 60_000) % 60,
    Math.floor(rest / 1000) % 60,
  ];
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return `${date}T${two(hour)}:${two(minute)}:${two(second)}.${String(rest % 1000).padStart(3, '0')}Z`;
}

const two = (number: number): string => String(number).padStart(2, '0');

function dateOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
