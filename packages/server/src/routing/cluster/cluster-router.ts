/**
 * Purpose: splits a component's requests by objects of a cluster: routes of the Gateway API, VirtualServices, Services.
 *
 * 1. All routers must be able to take a split before the first is changed. 2. Every one is tried even if another fails: a
 * retreat must not wait for the slowest. 3. A split is in force only when each router has confirmed it, and every Service
 * that requests need on their way is there; the order for it brings back that of the track, and orders for revisions
 * theirs. 4. A look is answered from mirrors, and shows what was ordered before by the same client.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { EMPTY_SPLIT } from '@sluice/core/traffic/split.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { seenAt } from '../../kubernetes/seen-at.ts';
import type { RouterCapabilities, SplitInForce, SplitRequest, TrafficRouter } from '../traffic-router.ts';
import { admitRevisions } from './admit-revisions.ts';
import { applySplit, trySplit, type ApplySplitPorts } from './apply-split.ts';
import { areServicesThere, neededServices } from './needed-services.ts';
import { refuseSplit } from './refuse-split.ts';
import { restoreTrackService } from './restore-track-service.ts';
import type { RouteKind } from './route-kind.ts';
import { presentMirror, routeMirror } from './route-mirrors.ts';
import { routeNames, routesOfTrack } from './routes-of-track.ts';
import { inForceEverywhere, splitInForce } from './split-in-force.ts';
import { takeOverService } from './take-over-service.ts';
import { orderedSplit } from './split-marks.ts';

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
  /** How long those who confirm a change may take, in ms. */
  readonly confirmWithinMs?: number;
}

const SETTLE_MS = 1_000;

/** What all routers of a component can do together. */
export function clusterRouterCapabilities(settings: KubernetesSettings): RouterCapabilities {
  const all = routesOfTrack({ ...NOWHERE, settings }).map(({ capabilities }) => capabilities);
  const common = <Name extends string>(names: readonly (readonly Name[])[]): readonly Name[] =>
    (names[0] ?? []).filter((name) => names.every((list) => list.includes(name)));
  return {
    shares: settings.workload.kind === 'in-place' ? 'in-place' : sharesOf(all),
    granularityBasisPoints: Math.max(1, ...all.map((one) => one.granularityBasisPoints)),
    matchOn: common(all.map(({ matchOn }) => matchOn)),
    mirror: all.every(({ mirror }) => mirror),
    sticky: common(all.map(({ sticky }) => sticky)),
    goals: all.every(({ goals }) => goals),
  };
}

const sharesOf = (all: readonly RouterCapabilities[]): RouterCapabilities['shares'] =>
  all.some(({ shares }) => shares === 'by-instances') ? 'by-instances' : 'exact';

/** Capabilities follow from settings alone. */
const NOWHERE = {
  track: 'a/b/c' as TrackId,
  component: { route: { host: null, path: '/' } },
  client: { list: async () => [] },
};

/** Splits the requests of one component in a namespace of a cluster. */
export function clusterRouter(ports: ClusterRouterPorts): TrafficRouter {
  const { client, settings, now } = ports;
  const capabilities = clusterRouterCapabilities(settings);
  return {
    capabilities: () => capabilities,
    apply: async (request) => {
      refuseSplit(request, capabilities);
      const { track, route } = request;
      const kinds = routesOfTrack({ ...ports, track, component: { route } });
      await restoreTrackService(ports, request);
      await admit(ports, kinds, request);
      await takeOverService(ports, request);
      await applyEverywhere(ports, kinds, request);
    },
    observe: async (track) => {
      const names = routeNames({ track, settings });
      const known = await ports.revisionsOf(track);
      const seen: (SplitInForce | null)[] = [];
      const kinds = routesOfTrack({ ...ports, track });
      for (const kind of kinds) {
        const { namespace, name } = kind.reference;
        const mirror = await presentMirror(client, kind, now);
        seen.push(splitInForce(kind, mirror.get(namespace, name), names, known));
      }
      const inForce = inForceEverywhere(seen);
      if (inForce === null) return null;
      const isWhole = await areServicesThere(ports, neededServices(settings, kinds, inForce.split));
      return isWhole ? inForce : { ...inForce, generation: 0 };
    },
  };
}

/** The mesh, which is nearest to the pods, knows of a split before the edge does. */
async function applyEverywhere(
  ports: ClusterRouterPorts,
  kinds: readonly RouteKind[],
  request: SplitRequest,
): Promise<void> {
  const { client, settleMs = SETTLE_MS, confirmWithinMs } = ports;
  const apply: ApplySplitPorts = {
    ...{ client, settleMs },
    ...(confirmWithinMs === undefined ? {} : { confirmWithinMs }),
  };
  if (kinds.length > 1) for (const kind of kinds) await trySplit(apply, kind, request);
  const failures: unknown[] = [];
  for (const kind of kinds.toReversed())
    try {
      await seenAt(routeMirror(client, kind.reference), await applySplit(apply, kind, request));
    } catch (thrown) {
      if (isOvertaken(thrown)) throw thrown;
      failures.push(thrown);
    }
  if (failures.length > 0) throw failures[0];
}

const isOvertaken = (thrown: unknown): boolean =>
  thrown instanceof SluiceError && thrown.code === 'refused-as-stale';

/** Revisions are asked for as far as they have Services of their own. */
async function admit(
  { client, settings }: ClusterRouterPorts,
  kinds: readonly RouteKind[],
  { track, split, generation }: SplitRequest,
): Promise<void> {
  const [first] = kinds;
  if (first === undefined || settings.workload.kind === 'in-place' || settings.workload.port === null) return;
  const held = orderedSplit(await client.read(first.reference));
  // Whether it was overtaken is told where it is written; what was ordered already was admitted then.
  if (held !== null && held.generation >= generation) return;
  const { namespace } = settings;
  await admitRevisions(
    { client, namespace, names: routeNames({ track, settings }) },
    split,
    held?.split ?? EMPTY_SPLIT,
  );
}
