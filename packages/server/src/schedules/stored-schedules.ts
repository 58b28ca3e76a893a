/**
 * Purpose: what people may do with schedules, over the store.
 *
 * Owns nothing. 1. What a release has brought is changed by releases; it may only be paused. 2. A schedule that is made,
 * changed or resumed goes on with the first moment after now: nothing is made up for.
 */
import { isCron, isTimeZone, nextMoment } from '@sluice/config/language/cron.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { JsonValue } from '@sluice/core/kernel/json.ts';
import { ok } from '@sluice/core/kernel/result.ts';
import type { ScheduleSpec } from '@sluice/core/tasks/schedule-spec.ts';
import type { ScheduleRequest, ScheduleView } from '@sluice/protocol/http/schedules.ts';
import type { Database } from '../store/database/open-database.ts';
import { pageOf } from '../store/paging/page-of.ts';
import {
  countSchedules,
  findSchedule,
  listSchedules,
  pauseSchedule,
  putSchedule,
  removeSchedule,
  type ScheduleRow,
} from '../store/schedules/schedules.ts';
import { taskQueue } from '../store/tasks/task-queues.ts';
import {
  noCron,
  noTimeZone,
  nothingServes,
  ofRelease,
  tooManySchedules,
  unknownSchedule,
} from './schedule-refusals.ts';
import type { ScheduleRegistry } from './schedule-registry.ts';

/** Each is looked at by one server at a time; more than this is no schedule but a load. */
const MOST_SCHEDULES = 10_000;

/** The schedules of a tenant. */
export function storedSchedules(db: Database, tenant: string, now: () => Instant): ScheduleRegistry {
  const shown = (row: ScheduleRow | null, track: TrackId, name: string) =>
    row === null ? unknownSchedule(track, name) : ok(scheduleView(row));
  const rest = async (track: TrackId, name: string, isPaused: boolean) => {
    const row = await findSchedule(db, tenant, { queue: track, name });
    const plannedAt = row && nextMoment(row.spec as ScheduleSpec, now());
    return shown(await pauseSchedule(db, tenant, { queue: track, name, isPaused, plannedAt }), track, name);
  };
  return {
    schedules: (track, { cursor, limit }) => {
      const wish = { ...(track && { queue: track }), ...(cursor !== null && { after: placeOf(cursor) }) };
      const read = (most: number) => listSchedules(db, tenant, { ...wish, limit: most });
      return pageOf(limit, read, { item: scheduleView, cursor: ({ queue, name }) => `${queue} ${name}` });
    },
    schedule: async (track, name) =>
      shown(await findSchedule(db, tenant, { queue: track, name }), track, name),
    put: async (track, name, request) => {
      if (!isCron(request.cron)) return noCron(request.cron);
      if (!isTimeZone(request.timeZone)) return noTimeZone(request.timeZone);
      if ((await taskQueue(db, tenant, track)) === null) return nothingServes(track);
      const known = await findSchedule(db, tenant, { queue: track, name });
      if (known === null && (await countSchedules(db, tenant)) >= MOST_SCHEDULES)
        return tooManySchedules(MOST_SCHEDULES);
      const spec = specOf(name, request);
      const plannedAt = nextMoment(spec, now());
      const row = await putSchedule(db, tenant, { queue: track, name, origin: 'api', spec, plannedAt });
      return row === null ? ofRelease(track, name) : ok(scheduleView(row));
    },
    pause: (track, name) => rest(track, name, true),
    resume: (track, name) => rest(track, name, false),
    remove: async (track, name) => {
      const row = await findSchedule(db, tenant, { queue: track, name });
      if (row?.origin === 'file') return ofRelease(track, name);
      return shown(await removeSchedule(db, tenant, { queue: track, name }), track, name);
    },
  };
}

const placeOf = (cursor: string) => {
  const space = cursor.indexOf(' ');
  return { queue: cursor.slice(0, space), name: cursor.slice(space + 1) };
};

const specOf = (name: string, request: ScheduleRequest): ScheduleSpec => ({
  name,
  cron: request.cron,
  timeZone: request.timeZone,
  missed: request.missed,
  overlap: request.overlap,
  input: (request.input ?? null) as JsonValue,
  priority: request.priority,
  fairnessKey: request.fairnessKey ?? null,
  session: request.session ?? null,
  abilities: request.capabilities,
  withinMs: request.withinMs,
});

function scheduleView({ queue, spec, ...row }: ScheduleRow): ScheduleView {
  const { abilities, name: _name, ...said } = spec as ScheduleSpec;
  return {
    ...{ track: queue, name: row.name, origin: row.origin, isPaused: row.isPaused },
    ...said,
    capabilities: [...abilities],
    nextAt: row.plannedAt,
    heldAt: row.heldAt,
    lastAt: row.firedAt,
    lastTask: row.task,
    failure: row.failure,
  };
}
