/** Cron expressions with time zones, read by croner: the only file that knows it. */
import { Cron } from 'croner';
import type { Instant } from '@sluice/core/kernel/instant.ts';

/** A cron expression of five fields (or `@daily` and the like), and the clock that it goes by. */
export interface CronPlan {
  readonly cron: string;
  /** A name of the IANA time zone database. */
  readonly timeZone: string;
}

const planOf = ({ cron, timeZone }: CronPlan): Cron =>
  new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true });

/**
 * The first moment of a plan after the given one; null when there is none any more. Where clocks are put forward, what
 * would be in the hour that is left out happens right after it; where they are put back, what names an hour happens in the
 * first of both, and what happens in every hour in both.
 */
export const nextMoment = (plan: CronPlan, after: Instant): Instant | null =>
  planOf(plan).nextRun(new Date(after))?.getTime() ?? null;

/** Whether a text is a cron expression that names at least one moment. */
export function isCron(cron: string): boolean {
  try {
    return cron.trim() === cron && nextMoment({ cron, timeZone: 'UTC' }, 0) !== null;
  } catch {
    return false;
  }
}

/** Whether there is such a time zone. */
export function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).format(0) !== '';
  } catch {
    return false;
  }
}
