import { randomUUID } from 'node:crypto';
import { trackId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { InPlaceSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import { expect, vi } from 'vitest';
import type { ClusterClient } from '../../../../kubernetes/cluster-client.ts';
import type { RevisionRecord } from '../../../revision-record.ts';
import type { Target, TargetRevision } from '../../../target.ts';
import { clusterRevision, testSettings } from '../../../testing/cluster-revision.ts';
import type { PlayedCluster } from '../../../testing/played-cluster.ts';
import { kubernetesTarget } from '../../kubernetes-target.ts';

/** How long a cluster may take until something holds. */
export const PATIENCE = { timeout: 30_000, interval: 50 };
/** A kind of workload that is changed in place. */
export type Kind = InPlaceSettings['workload'];
type Play = Readonly<Record<string, string>>;

/** Where a test has its workload. */
export interface InPlaceBench {
  readonly cluster: PlayedCluster;
  readonly namespace: string;
  readonly name: string;
  /** Whether routers still send requests to revisions that are to go. */
  isRouted: boolean;
}

/** What a test may want otherwise. */
export interface WorldOptions {
  /** More of the workload's spec. */
  readonly more?: JsonObject;
  readonly client?: ClusterClient;
  /** How many pods revisions declare; as many as there are by default. */
  readonly declaring?: number;
}

let generation = 0;
/** A generation later than all before. */
export const nextGeneration = (): number => ++generation;

/** A namespace and a name that nobody else has. */
export const inPlaceBench = async (cluster: PlayedCluster): Promise<InPlaceBench> => ({
  cluster,
  namespace: await cluster.namespace(),
  name: `db-${randomUUID().slice(0, 6)}`,
  isRouted: false,
});

/** A workload as its owner declares it; `play` says how its pods behave. */
export function declaredWorkload(
  { name, namespace }: InPlaceBench,
  kind: Kind,
  image: string,
  { play = {}, more = {} }: { readonly play?: Play; readonly more?: JsonObject } = {},
): KubernetesObject {
  const annotations = Object.fromEntries(
    Object.entries(play).map(([key, value]) => [`play.sluice.dev/${key}`, value]),
  );
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, labels: { owner: 'them' } },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas: 3 }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: { containers: [{ name: 'main', image: `registry.example/db:${image}` }] },
      },
      ...more,
    },
  };
}

/** A workload that is changed in place, with the target that changes it. */
export interface InPlaceWorld {
  readonly target: Target;
  readonly size: number;
  revision(number: number, play?: Play): RevisionRecord;
  apply(revision: RevisionRecord, instances: number, under?: number, decidedIn?: number): Promise<void>;
  look(): Promise<Readonly<Record<string, TargetRevision>>>;
  until(revision: RevisionRecord, wanted: Partial<TargetRevision>): Promise<TargetRevision>;
  gone(revision: RevisionRecord): Promise<void>;
  object(): Promise<KubernetesObject | undefined>;
  /** Changes it as somebody else would. */
  change(patch: JsonObject): Promise<KubernetesObject>;
  pods(): Promise<readonly KubernetesObject[]>;
}

/** Makes the world of one workload; nothing is there yet. */
export async function inPlaceWorld(
  bench: InPlaceBench,
  kind: Kind,
  { more = {}, client = bench.cluster.client, declaring }: WorldOptions = {},
): Promise<InPlaceWorld> {
  const { cluster, namespace, name } = bench;
  const track = trackId('shop', 'test', name);
  const nodes = await cluster.client.list({ apiVersion: 'v1', kind: 'Node' });
  const size = kind === 'DaemonSet' ? nodes.length : 3;
  const settingsOf = (object: KubernetesObject) =>
    testSettings(namespace, {
      workload: {
        kind: 'in-place',
        workload: kind,
        name,
        object: object as unknown as JsonObject,
        port: 8080,
      },
    });
  const revision = (number: number, play: Play = {}): RevisionRecord =>
    clusterRevision(track, number, settingsOf(declaredWorkload(bench, kind, `${number}`, { play, more })), {
      instances: declaring ?? size,
    });
  const targetOf = (record: RevisionRecord): Target => {
    const { component } = record;
    const { workload } = component;
    if (workload.on !== 'cluster') throw new TypeError('it runs in a cluster');
    return kubernetesTarget({
      client,
      settings: workload.settings as unknown as ReturnType<typeof settingsOf>,
      component,
      readSecrets: async () => ({ secrets: {}, missing: {} }),
      isRouted: async () => bench.isRouted,
      now: () => Date.now(),
    });
  };
  const target = targetOf(revision(1));
  const reference = { apiVersion: 'apps/v1', kind, namespace, name };
  const look = () => target.observe(track);
  return {
    target,
    size,
    revision,
    look,
    apply: (record, instances, under = nextGeneration(), decidedIn = under) =>
      targetOf(record).apply({
        ...{ revision: record, instances, dedicatedPorts: false, generation: under, decidedIn },
      }),
    change: (patch) => cluster.client.patch(reference, patch),
    until: (record, wanted) =>
      vi.waitFor(async () => {
        const found = (await look())[record.id];
        expect(found).toMatchObject(wanted);
        return found as TargetRevision;
      }, PATIENCE),
    gone: (record) => vi.waitFor(async () => expect(await look()).not.toHaveProperty(record.id), PATIENCE),
    object: () => cluster.client.read(reference),
    pods: () => cluster.client.list({ apiVersion: 'v1', kind: 'Pod', namespace, labels: `app=${name}` }),
  };
}

/** The tags of the pods' images, by the names of the pods. */
export const imagesOf = (pods: readonly KubernetesObject[]): readonly string[] =>
  pods
    .toSorted((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1))
    .map(({ spec }) => {
      const [container] = (spec?.['containers'] ?? []) as unknown as readonly { image: string }[];
      return (container?.image ?? '').replace('registry.example/db:', '');
    });
