import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { objectName, revisionName } from '@sluice/kubernetes/objects/names.ts';
import { servicePort, trackServiceName } from '@sluice/kubernetes/render/render-service.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { RouterSettings } from '@sluice/kubernetes/settings/router-settings.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { gatewayRoute } from './gateway-route.ts';
import type { RouteKind, RouteNames } from './route-kind.ts';
import { serviceSelector } from './service-selector.ts';
import { servingPods } from './serving-endpoints.ts';
import { unservedTrack } from './unserved-track.ts';
import { virtualService } from './virtual-service.ts';

/** What the objects that split a track's requests follow from. */
export interface RoutedTrack {
  readonly track: TrackId;
  readonly component: Pick<ComponentSpec, 'route'>;
  readonly settings: KubernetesSettings;
  readonly client: Pick<ClusterClient, 'list'>;
}

/** The names of a track's Services. */
export function routeNames({ track, settings }: Pick<RoutedTrack, 'track' | 'settings'>): RouteNames {
  const trackService = trackServiceName(track, settings);
  const former = settings.workload.kind === 'template' ? (settings.workload.formerServices ?? []) : [];
  const ofRevision = new RegExp(`^${objectName(track)}-[0-9a-f]{12}$`);
  return {
    serviceOf: (revision) => revisionName(track, revision),
    isOfTrack: (service) => service === trackService || former.includes(service) || ofRevision.test(service),
    trackService,
    port: servicePort(settings),
  };
}

/** The objects that split a track's requests, from the edge inwards. A component without a port has one that splits nothing. */
export function routesOfTrack(of: RoutedTrack): readonly RouteKind[] {
  const { track, settings } = of;
  if (settings.workload.port === null) return [unservedTrack(settings.namespace, objectName(track))];
  const names = routeNames(of);
  return settings.routers.map((router) => routeOf(router, of, names));
}

function routeOf(router: RouterSettings, of: RoutedTrack, names: RouteNames): RouteKind {
  const { track, settings, client } = of;
  const { namespace } = settings;
  const place = { namespace, names, route: of.component.route };
  switch (router.kind) {
    case 'gateway-api':
      return gatewayRoute({ ...place, settings: router, name: router.name ?? objectName(track) });
    case 'istio':
      return virtualService({
        ...place,
        settings: router,
        name: router.virtualService?.name ?? objectName(track),
      });
    case 'service':
      return serviceSelector({
        ...{ track, namespace, names },
        isInPlace: settings.workload.kind === 'in-place',
        serving: async () => {
          const { trackService } = names;
          return (await servingPods(client, namespace, [trackService])).get(trackService) ?? [];
        },
      });
  }
}
