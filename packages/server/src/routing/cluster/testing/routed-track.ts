import { randomUUID } from 'node:crypto';
import { revisionId, trackId, type RevisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT, type Split } from '@sluice/core/traffic/split.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { objectName } from '@sluice/kubernetes/objects/names.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import { expect, vi } from 'vitest';
import type { ClusterClient } from '../../../kubernetes/cluster-client.ts';
import { kubernetesTarget } from '../../../targets/kubernetes/kubernetes-target.ts';
import {
  clusterComponent,
  clusterRevision,
  testSettings,
} from '../../../targets/testing/cluster-revision.ts';
import type { TrafficRouter } from '../../traffic-router.ts';
import { clusterRouter, type ClusterRouterPorts } from '../cluster-router.ts';
import { CANDIDATE, STABLE } from './route-samples.ts';

const PATIENCE = { timeout: 20_000, interval: 50 };

/** For tests: a track in a cluster with its router. */
export interface RoutedTrackInTest {
  readonly track: TrackId;
  readonly settings: KubernetesSettings;
  /** The name of its route, where it has one of its own. */
  readonly name: string;
  readonly router: TrafficRouter;
  /** A router of the same track, as another replica or another revision has it. */
  routerWith(changes: {
    readonly client?: ClusterClient;
    readonly settings?: Partial<KubernetesSettings>;
    readonly component?: Partial<ComponentSpec>;
  }): TrafficRouter;
  /** Runs stable and candidate with so many pods and waits until they are ready. */
  run(instances?: number): Promise<void>;
  apply(split: Split, generation: number, router?: TrafficRouter, host?: string | null): Promise<void>;
}

/** For tests: makes a track that nobody else has. */
export function routedTrack(
  client: ClusterClient,
  namespace: string,
  changes: Partial<KubernetesSettings>,
  ports: Partial<ClusterRouterPorts> = {},
): RoutedTrackInTest {
  const track = trackId('shop', 'test', `web-${randomUUID().slice(0, 6)}`);
  const settings = testSettings(namespace, changes);
  const target = kubernetesTarget({
    ...{ client, settings, component: clusterComponent(settings) },
    readSecrets: async () => ({ secrets: {}, missing: {} }),
    isRouted: async () => false,
    now: () => Date.now(),
  });
  const routerWith: RoutedTrackInTest['routerWith'] = ({
    client: other = client,
    settings: more,
    component,
  }) => {
    const own = { ...settings, ...more };
    return clusterRouter({
      ...{ client: other, settings: own, component: clusterComponent(own, component) },
      revisionsOf: async () => Object.keys(await target.observe(track)).map(revisionId),
      ...{ now: () => Date.now(), settleMs: 0, confirmWithinMs: 5_000 },
      ...ports,
    });
  };
  const router = routerWith({});
  const run = async (revision: RevisionId, number: number, instances: number): Promise<void> => {
    const record = clusterRevision(track, number, settings);
    await target.apply({ revision: record, instances, dedicatedPorts: false, generation: 1 });
    await vi.waitFor(
      async () => expect((await target.observe(track))[revision]).toMatchObject({ ready: instances }),
      PATIENCE,
    );
  };
  return {
    ...{ track, settings, name: objectName(track), router, routerWith },
    run: async (instances = 1) => {
      await Promise.all([run(STABLE, 1, instances), run(CANDIDATE, 2, instances)]);
    },
    apply: (split, generation, other = router, host = null) =>
      other.apply({
        ...{ track, split, generation, goal: null },
        route: { host, path: '/' },
        request: { protocol: 'http1', timeoutMs: 20_000, maxBodyBytes: 0 },
      }),
  };
}

/** For tests: everything to the stable revision. */
export const ALL_STABLE: Split = { ...EMPTY_SPLIT, weights: [{ revision: STABLE, basisPoints: 10_000 }] };
