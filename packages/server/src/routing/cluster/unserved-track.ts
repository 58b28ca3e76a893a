import { BY_INSTANCES } from './service-selector.ts';
import type { RouteKind } from './route-kind.ts';

/**
 * Stands in for the Service of a component that serves no port. There is nothing to split then, and shares of its work
 * follow the numbers of pods; the order is kept all the same, so that it is fenced and seen. What keeps it is a Service
 * without an address, because Services are watched in any case; two hyphens are in no name of another track's Service.
 */
export function unservedTrack(namespace: string, objectName: string): RouteKind {
  return {
    reference: { apiVersion: 'v1', kind: 'Service', namespace, name: `${objectName}--split` },
    madeBy: 'router',
    capabilities: BY_INSTANCES,
    spec: () => ({ clusterIP: 'None' }),
    says: (actual, ordered) => actual?.['clusterIP'] === ordered['clusterIP'],
    services: () => [],
    backends: () => [],
    unconfirmed: async () => null,
  };
}
