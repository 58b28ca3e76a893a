import type { ApiReply } from './api-call.ts';
import type { Asking, PageWish } from './asking.ts';
import {
  type HostView,
  hostListSchema,
  type TrackInstancesView,
  trackInstancesPageSchema,
} from './instances.ts';
import type { PageView } from './pages.ts';

/** What runs where. */
export interface TargetCalls {
  hosts(): Promise<ApiReply<{ readonly items: readonly HostView[] }>>;
  /** Of one track, or of all; a page has so many tracks, each with all of its instances. */
  instances(
    filter: { readonly track?: string | undefined } & PageWish,
  ): Promise<ApiReply<PageView<TrackInstancesView>>>;
}

/** The operations on hosts and instances. */
export const targetCalls = ({ get, queryOf }: Asking): TargetCalls => ({
  hosts: () => get(hostListSchema, '/api/v1/hosts'),
  instances: (filter) => get(trackInstancesPageSchema, `/api/v1/instances${queryOf({ ...filter })}`),
});
