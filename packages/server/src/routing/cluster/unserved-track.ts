import { BY_INSTANCES } from './service-selector.ts';
import type { RouteKind } from './route-kind.ts';

/**
 * Stands in for the Service of a component that serves no port. There is nothing to split then, and shares of its work
 * follow the numbers of pods; the order is kept all the same, so that it is fenced and seen.
 */
export function unservedTrack(namespace: string, objectName: string): RouteKind {
  return {
    reference: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `${objectName}-split` },
    madeBy: 'router',
    capabilities: BY_INSTANCES,
    spec: () => ({}),
    says: () => true,
    backends: () => [],
    unconfirmed: async () => null,
  };
}
