import type { Instant } from '../kernel/instant.ts';
import { momentsDue, type NextMoment } from './schedule-moments.ts';
import type { ScheduleSpec } from './schedule-spec.ts';

/** How far a schedule has come. */
export interface ScheduleProgress {
  /** The next moment that nobody has acted on; null when there is none any more. */
  readonly plannedAt: Instant | null;
  /** A moment that waits for the task of the one before. */
  readonly heldAt: Instant | null;
}

/** What is to be done now, and where the schedule stands then. */
export interface ScheduleStep extends ScheduleProgress {
  /** Each of these moments makes one task. */
  readonly fire: readonly Instant[];
}

/** What decides on the moments of a schedule that are due. */
export interface ScheduleWorld {
  readonly now: Instant;
  /** Whether the task of the last moment has not ended. */
  readonly isBusy: boolean;
  readonly nextAfter: NextMoment;
}

/** Decides what becomes of the moments of a schedule that are due. */
export function scheduleStep(
  { missed, overlap, withinMs }: Pick<ScheduleSpec, 'missed' | 'overlap' | 'withinMs'>,
  { plannedAt, heldAt }: ScheduleProgress,
  { now, isBusy, nextAfter }: ScheduleWorld,
): ScheduleStep {
  const { due, next } =
    plannedAt === null ? { due: [], next: null } : momentsDue(plannedAt, { now, missed, nextAfter });
  const isOfUse = (moment: Instant): boolean => withinMs === null || moment + withinMs > now;
  const waiting = [...(heldAt === null ? [] : [heldAt]), ...due].filter(isOfUse);
  if (overlap === 'allow') return { fire: waiting, plannedAt: next, heldAt: null };
  const fire = isBusy ? [] : waiting.slice(0, 1);
  const left = waiting.slice(fire.length);
  return { fire, plannedAt: next, heldAt: overlap === 'queue' ? (left.at(-1) ?? null) : null };
}
