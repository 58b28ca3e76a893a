import { assert } from '@sluice/core/kernel/assert.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { ClusterClient } from '../kubernetes/cluster-client.ts';
import type { RouterCapabilities } from '../routing/traffic-router.ts';
import type { Place, Placed } from './places.ts';

/** A component in a cluster that can be asked. */
export interface ClusterComponent {
  readonly client: ClusterClient;
  readonly track: TrackId;
  readonly component: ComponentSpec;
  readonly settings: KubernetesSettings;
}

/** What places in clusters are made of. */
export interface ClusterPlaceParts {
  /** The client of a cluster by its name; rejects with a `SluiceError` when it is not known or cannot be opened. */
  readonly clusterNamed: (name: string) => Promise<ClusterClient>;
  readonly place: (of: ClusterComponent) => Place;
  /** What a component's routers can do, which its settings alone say. */
  readonly capabilities: (settings: KubernetesSettings) => RouterCapabilities;
}

/** Makes the place of each component that a cluster runs; the cluster is opened when it is first asked for something. */
export const clusterPlaces =
  ({ clusterNamed, place, capabilities }: ClusterPlaceParts) =>
  ({ track, component }: Placed): Place => {
    const settings = kubernetesSettings(component);
    const { workload } = component;
    let made: { readonly client: ClusterClient; readonly place: Place } | undefined;
    const opened = async (): Promise<Place> => {
      const client = await clusterNamed(workload.on === 'cluster' ? workload.cluster : '');
      // One that was registered anew has another client.
      if (made?.client !== client) made = { client, place: place({ client, track, component, settings }) };
      return made.place;
    };
    return {
      target: {
        apply: async (request) => (await opened()).target.apply(request),
        observe: async (track) => (await opened()).target.observe(track),
        retire: async (...order) => (await opened()).target.retire(...order),
        inventory: async () => (await opened()).target.inventory(),
        instances: async (track) => (await opened()).target.instances(track),
        logs: async (...request) => (await opened()).target.logs(...request),
      },
      router: {
        capabilities: () => capabilities(settings),
        apply: async (request) => (await opened()).router.apply(request),
        observe: async (track) => (await opened()).router.observe(track),
      },
      metrics: { observe: async (track, since) => observed(opened, track, since) },
      tokens: {
        read: async (track) => (await withTokens(opened)).read(track),
        write: async (...token) => (await withTokens(opened)).write(...token),
      },
      asking: {
        evidence: settings.metrics,
        readKept: async (...what) => (await required(opened)).readKept(...what),
        runTask: async (...what) => (await required(opened)).runTask(...what),
      },
    };
  };

async function withTokens(opened: () => Promise<Place>): Promise<NonNullable<Place['tokens']>> {
  const { tokens } = await opened();
  assert(tokens !== undefined, 'a cluster has Secrets');
  return tokens;
}

/** A cluster has both. */
async function required(
  opened: () => Promise<Place>,
): Promise<{ readKept: NonNullable<Asking['readKept']>; runTask: NonNullable<Asking['runTask']> }> {
  const { readKept, runTask } = (await opened()).asking;
  assert(readKept !== null && runTask !== null, 'a cluster keeps secrets and runs tasks');
  return { readKept, runTask };
}

type Asking = Place['asking'];

/** A cluster that cannot be opened is an outage of its metrics as well, which is a value and no exception. */
async function observed(
  opened: () => Promise<Place>,
  ...request: Parameters<Place['metrics']['observe']>
): ReturnType<Place['metrics']['observe']> {
  const place = await opened().catch((thrown: unknown) => ({ failure: thrown }));
  if ('metrics' in place) return place.metrics.observe(...request);
  const message = place.failure instanceof Error ? place.failure.message : String(place.failure);
  return { kind: 'provider-error', message };
}
