import type { ApiReply } from './api-call.ts';
import { type Asking, idInPath, type PageWish } from './asking.ts';
import { eventPageSchema, type PageView } from './pages.ts';
import { type RevisionView, revisionSchema } from './revisions.ts';
import { type RolloutSeriesView, rolloutSeriesSchema } from './series.ts';
import type { EventView } from './views.ts';

/** What is asked about rollouts and revisions beyond how they stand. */
export interface RolloutCalls {
  /** Oldest first. */
  rolloutEvents(id: string, page: PageWish): Promise<ApiReply<PageView<EventView>>>;
  rolloutSeries(id: string): Promise<ApiReply<RolloutSeriesView>>;
  revision(track: string, revision: string): Promise<ApiReply<RevisionView>>;
}

/** The operations behind those questions. */
export const rolloutCalls = ({ get, queryOf }: Asking): RolloutCalls => ({
  rolloutEvents: (id, page) =>
    get(eventPageSchema, `/api/v1/rollouts/${encodeURIComponent(id)}/events${queryOf({ ...page })}`),
  rolloutSeries: (id) => get(rolloutSeriesSchema, `/api/v1/rollouts/${encodeURIComponent(id)}/series`),
  revision: (track, revision) =>
    get(revisionSchema, `/api/v1/tracks/${idInPath(track)}/revisions/${encodeURIComponent(revision)}`),
});
