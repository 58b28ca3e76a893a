/**
 * Purpose: splits a component's requests by objects of a cluster: routes of the Gateway API, VirtualServices, Services.
 *
 * Several routers are moved in two phases: all must be able to take a split before the first is changed, and it is in
 * force only when each has confirmed it. Looks are answered from mirrors.
 */
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { objectName, revisionName } from '@sluice/kubernetes/objects/names.ts';
import { servicePort, trackServiceName } from '@sluice/kubernetes/render/render-service.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { RouterSettings } from '@sluice/kubernetes/settings/router-settings.ts';
import type { ClusterClient, Mirror } from '../../kubernetes/cluster-client.ts';
import type { RouterCapabilities, SplitInForce, TrafficRouter } from '../traffic-router.ts';
import { applySplit, trySplit, type ApplySplitPorts } from './apply-split.ts';
import { gatewayRoute } from './gateway-route.ts';
import type { RouteKind, RouteNames } from './route-kind.ts';
import { serviceSelector } from './service-selector.ts';
import { splitInForce } from './split-marks.ts';
import { virtualService } from './virtual-service.ts';

/** What a router in a cluster works with; it is made for one component and its settings. */
export interface ClusterRouterPorts {
  readonly client: ClusterClient;
  readonly component: ComponentSpec;
  readonly settings: KubernetesSettings;
  /** The revisions of a track that are there. */
  readonly revisionsOf: (track: TrackId) => Promise<readonly RevisionId[]>;
  readonly now: () => Instant;
  /** How long the proxies of a cluster take to know of a change that nobody confirms, in ms. */
  readonly settleMs?: number;
}

const SETTLE_MS = 1_000;
/** How old a mirror may be before it says nothing of the present, in ms. */
const STALE_MS = 30_000;

/** What all routers of a component can do together. */
export function clusterRouterCapabilities(settings: KubernetesSettings): RouterCapabilities {
  const all = settings.routers.map((router) => kindOf(router, SAMPLE_PLACE).capabilities);
  const common = <Name extends string>(names: readonly (readonly Name[])[]): readonly Name[] =>
    (names[0] ?? []).filter((name) => names.every((list) => list.includes(name)));
  return {
    shares: all.some(({ shares }) => shares === 'by-instances') ? 'by-instances' : 'exact',
    granularityBasisPoints: Math.max(...all.map((one) => one.granularityBasisPoints)),
    matchOn: common(all.map(({ matchOn }) => matchOn)),
    mirror: all.every(({ mirror }) => mirror),
    sticky: common(all.map(({ sticky }) => sticky)),
    goals: all.every(({ goals }) => goals),
  };
}

/** Splits the requests of one component in a namespace of a cluster. */
export function clusterRouter(ports: ClusterRouterPorts): TrafficRouter {
  const { client, settings } = ports;
  const capabilities = clusterRouterCapabilities(settings);
  return {
    capabilities: () => capabilities,
    apply: async (request) => {
      const { kinds, names } = routesOf(ports, request.track);
      const apply: ApplySplitPorts = { client, names, settleMs: ports.settleMs ?? SETTLE_MS };
      if (kinds.length > 1) for (const kind of kinds) await trySplit(apply, kind, request);
      // The mesh, which is nearest to the pods, knows of a split before the edge does.
      for (const kind of [...kinds].reverse()) await applySplit(apply, kind, request);
    },
    observe: async (track) => {
      const { kinds, names } = routesOf(ports, track);
      const known = await ports.revisionsOf(track);
      const seen: (SplitInForce | null)[] = [];
      for (const kind of kinds) {
        const mirror = await mirrorOf(ports, kind);
        seen.push(splitInForce(kind, mirror.get(settings.namespace, kind.reference.name), names, known));
      }
      return inForceEverywhere(seen);
    },
  };
}

/** What every router has; of splits that differ, the one that the router has which is furthest behind. */
function inForceEverywhere(seen: readonly (SplitInForce | null)[]): SplitInForce | null {
  const [first, ...others] = seen;
  if (first === undefined || first === null || others.includes(null)) return null;
  const all = [first, ...others.filter((one) => one !== null)];
  const oldest = all.reduce((least, one) => (one.generation < least.generation ? one : least), first);
  const isSame = all.every(({ split }) => canonicalJson(split) === canonicalJson(oldest.split));
  return isSame ? oldest : { ...oldest, generation: 0 };
}

async function mirrorOf(
  { client, settings, now }: ClusterRouterPorts,
  { reference }: RouteKind,
): Promise<Mirror> {
  const mirror = routeMirror(client, reference, settings.namespace);
  await mirror.synced;
  const { stale } = mirror;
  if (stale !== null && now() - stale.since > STALE_MS)
    throw new SluiceError(
      'unreachable',
      `the cluster ${client.name} has not been heard of for ${Math.round((now() - stale.since) / 1000)} s: ${stale.reason}`,
      { next: 'retry' },
    );
  return mirror;
}

const kept = new WeakMap<ClusterClient, Map<string, Mirror>>();

/** One mirror of each kind and namespace, kept for as long as the client is open. */
function routeMirror(
  client: ClusterClient,
  { apiVersion, kind }: RouteKind['reference'],
  namespace: string,
): Mirror {
  const known = kept.get(client) ?? new Map<string, Mirror>();
  kept.set(client, known);
  const key = `${apiVersion} ${kind} ${namespace}`;
  const mirror = known.get(key) ?? client.mirror({ apiVersion, kind, namespace, labels: TRACK }).mirror;
  known.set(key, mirror);
  return mirror;
}

function routesOf(
  { client, component, settings }: ClusterRouterPorts,
  track: TrackId,
): { readonly kinds: readonly RouteKind[]; readonly names: RouteNames } {
  const names: RouteNames = {
    serviceOf: (revision) => revisionName(track, revision),
    trackService: trackServiceName(track, settings),
    port: servicePort(settings),
  };
  const place = {
    track,
    component,
    namespace: settings.namespace,
    names,
    objectName: objectName(track),
    client,
  };
  return { names, kinds: settings.routers.map((router) => kindOf(router, place)) };
}

/** Where a route is made. */
interface RoutePlace {
  readonly track: TrackId;
  readonly component: Pick<ComponentSpec, 'route'>;
  readonly namespace: string;
  readonly names: RouteNames;
  readonly objectName: string;
  readonly client: Pick<ClusterClient, 'list'>;
}

/** Capabilities follow from settings alone. */
const SAMPLE_PLACE: RoutePlace = {
  track: 'a/b/c' as TrackId,
  component: { route: { host: null, path: '/' } },
  namespace: '',
  names: { serviceOf: String, trackService: '', port: 80 },
  objectName: '',
  client: { list: async () => [] },
};

function kindOf(settings: RouterSettings, place: RoutePlace): RouteKind {
  const { track, namespace, names, component, client } = place;
  const { route } = component;
  switch (settings.kind) {
    case 'gateway-api':
      return gatewayRoute({ settings, namespace, name: settings.name ?? place.objectName, route, names });
    case 'istio': {
      const name = settings.virtualService?.name ?? place.objectName;
      return virtualService({ settings, namespace, name, route, names });
    }
    case 'service':
      return serviceSelector({
        ...{ track, namespace, names },
        serving: () => servingPods(client, namespace, names.trackService),
      });
  }
}

/** The pods behind a Service, as its EndpointSlices name them. */
async function servingPods(
  client: Pick<ClusterClient, 'list'>,
  namespace: string,
  service: string,
): Promise<readonly string[]> {
  const slices = await client.list({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    namespace,
    labels: `kubernetes.io/service-name=${service}`,
  });
  return slices.flatMap((slice) => {
    const endpoints = (slice['endpoints'] ?? []) as readonly {
      readonly conditions?: { readonly ready?: boolean };
      readonly targetRef?: { readonly name?: string };
    }[];
    return endpoints.flatMap(({ conditions, targetRef }) =>
      conditions?.ready !== false && targetRef?.name ? [targetRef.name] : [],
    );
  });
}
