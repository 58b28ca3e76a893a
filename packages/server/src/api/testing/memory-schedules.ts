import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { ok } from '@sluice/core/kernel/result.ts';
import type { ScheduleView } from '@sluice/protocol/http/schedules.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import { noCron, ofRelease, unknownSchedule } from '../../schedules/schedule-refusals.ts';
import type { ScheduleRegistry } from '../../schedules/schedule-registry.ts';

/** For tests: a registry in memory, with everything in it that has been put. */
export interface MemorySchedules extends ScheduleRegistry {
  /** By track and name; tests change them as releases would. */
  readonly known: Map<string, ScheduleView>;
}

/** For tests: no schedules yet. A cron expression has five words here. */
export function memorySchedules(): MemorySchedules {
  const known = new Map<string, ScheduleView>();
  const found = (track: string, name: string) => {
    const view = known.get(`${track} ${name}`);
    return view === undefined ? unknownSchedule(track, name) : ok(view);
  };
  const change = (track: string, name: string, changes: Partial<ScheduleView>) => {
    const view = known.get(`${track} ${name}`);
    if (view) known.set(`${track} ${name}`, { ...view, ...changes });
    return found(track, name);
  };
  return {
    known,
    schedules: async (track, { cursor, limit }) => {
      const all = [...known.keys()].toSorted().filter((key) => cursor === null || key > cursor);
      const own = all.filter((key) => track === undefined || trackIdFrom(key.split(' ')[0] ?? '') === track);
      const shown = own.slice(0, limit);
      const next = own.length > limit ? (shown.at(-1) ?? null) : null;
      return { items: shown.flatMap((key) => known.get(key) ?? []), next };
    },
    schedule: async (track, name) => found(track, name),
    put: async (track, name, request) => {
      if (request.cron.split(' ').length !== 5) return noCron(request.cron);
      const before = known.get(`${track} ${name}`);
      if (before?.origin === 'file') return ofRelease(track, name);
      const view: ScheduleView = {
        ...{ track, name, origin: 'api', isPaused: before?.isPaused ?? false },
        ...{ ...request, fairnessKey: request.fairnessKey ?? null, session: request.session ?? null },
        ...{ nextAt: SAMPLE_TIME, heldAt: null, lastAt: null, lastTask: null, failure: null },
      };
      known.set(`${track} ${name}`, view);
      return ok(view);
    },
    pause: async (track, name) => change(track, name, { isPaused: true }),
    resume: async (track, name) => change(track, name, { isPaused: false }),
    remove: async (track, name) => {
      const removed = found(track, name);
      if (removed.ok && removed.value.origin === 'file') return ofRelease(track, name);
      known.delete(`${track} ${name}`);
      return removed;
    },
  };
}
