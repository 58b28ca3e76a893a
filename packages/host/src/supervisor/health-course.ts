import { never } from '@sluice/core/kernel/assert.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { RevisionRun } from '@sluice/protocol/host/host-schema.ts';

/** When an instance counts as ready, as ordered. */
export type Health = RevisionRun['health'];

/** How one process has fared since it was started or adopted; all times from one clock. */
export type HealthCourse =
  | { readonly phase: 'starting'; readonly since: Instant }
  | { readonly phase: 'ready'; readonly since: Instant; readonly failuresInRow: number }
  | { readonly phase: 'unready'; readonly since: Instant };

/** The course after one probe. */
export function afterProbe(
  course: HealthCourse,
  healthy: boolean,
  now: Instant,
  health: Health,
): HealthCourse {
  switch (course.phase) {
    case 'starting':
    case 'unready':
      return healthy ? { phase: 'ready', since: now, failuresInRow: 0 } : course;
    case 'ready': {
      if (healthy) return { ...course, failuresInRow: 0 };
      const failuresInRow = course.failuresInRow + 1;
      return failuresInRow >= health.failures
        ? { phase: 'unready', since: now }
        : { ...course, failuresInRow };
    }
    default:
      return never(course, 'afterProbe');
  }
}

/**
 * How long an instance that was ready may stay unready before it is started again, in ms: as long as a start may
 * take, and at least three times as long as it took to notice, so that a pause of its own is not cut short.
 */
export const unreadyLimitMs = (health: Health): number =>
  Math.max(health.withinMs, 3 * health.failures * health.intervalMs);

/** When the process has to be given up unless it becomes ready before; never while it is ready. */
export function givenUpAt(course: HealthCourse, health: Health): Instant {
  if (course.phase === 'ready') return Number.POSITIVE_INFINITY;
  return course.since + (course.phase === 'starting' ? health.withinMs : unreadyLimitMs(health));
}
