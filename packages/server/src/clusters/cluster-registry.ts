import type { Result } from '@sluice/core/kernel/result.ts';
import type { ClusterHealthView, ClusterRequest, ClusterView } from '@sluice/protocol/http/clusters.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';

/** Everything a user can do with clusters. Refusals are problems to show. */
export interface ClusterRegistry {
  /** In the order of their names. */
  page(request: PageRequest): Promise<Page<ClusterView>>;
  /** Registers a cluster or changes how it is registered; doing it twice is doing it once. */
  put(name: string, request: ClusterRequest): Promise<Result<ClusterView, Problem>>;
  /** Refused while a revision that is stable or under way is for it. */
  remove(name: string, by: string): Promise<Result<ClusterView, Problem>>;
  /**
   * Asks a cluster now; one that does not answer is a value. Permissions are looked at in one namespace or, without it, in
   * those of the tracks that use the cluster, or else in `default`.
   */
  health(name: string, namespace: string | null): Promise<Result<ClusterHealthView, Problem>>;
}
