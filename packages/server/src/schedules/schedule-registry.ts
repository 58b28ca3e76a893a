import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type { ScheduleRequest, ScheduleView } from '@sluice/protocol/http/schedules.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';

/** Everything a user can do with schedules. Refusals are problems to show. */
export interface ScheduleRegistry {
  /** In the order of their tracks and names; those of one track, or all. */
  schedules(track: TrackId | undefined, page: PageRequest): Promise<Page<ScheduleView>>;
  schedule(track: TrackId, name: string): Promise<Result<ScheduleView, Problem>>;
  /** Makes one, or changes what one says; doing it twice is doing it once. Refused for one that a release has brought. */
  put(track: TrackId, name: string, request: ScheduleRequest): Promise<Result<ScheduleView, Problem>>;
  /** No moment makes a task until it goes on. */
  pause(track: TrackId, name: string): Promise<Result<ScheduleView, Problem>>;
  /** Goes on with the first moment from now on. */
  resume(track: TrackId, name: string): Promise<Result<ScheduleView, Problem>>;
  /** Refused for one that a release has brought. Tasks that it has made go on. */
  remove(track: TrackId, name: string): Promise<Result<ScheduleView, Problem>>;
}
