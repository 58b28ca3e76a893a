import { trackId } from '@sluice/core/kernel/ids.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import { renderRevision } from '@sluice/kubernetes/render/render-revision.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterClient, Mirror } from '../../kubernetes/cluster-client.ts';
import { clusterRevision, testSettings } from '../testing/cluster-revision.ts';
import { type PlayedCluster, playedCluster } from '../testing/played-cluster.ts';
import { renderedRevision } from './apply-revision.ts';
import { companionMarks, companionsOf, companionsSeen, missingCompanions } from './companions.ts';
import { restoreCompanions } from './companions.ts';

const TRACK = trackId('shop', 'test', 'web');

let cluster: PlayedCluster;
let namespace: string;
beforeAll(async () => {
  cluster = await playedCluster();
  namespace = await cluster.namespace();
});
afterAll(() => cluster.close());

function rendered(): {
  readonly deployment: KubernetesObject;
  readonly objects: readonly KubernetesObject[];
} {
  const settings = testSettings(namespace, { maxDisrupted: 1 });
  const record = clusterRevision(TRACK, 1, settings);
  const objects = renderRevision(renderedRevision(record, settings), { instances: 2, generation: 1 });
  const main = objects.find(({ kind }) => kind === 'Deployment') as KubernetesObject;
  const annotations = { ...main.metadata.annotations, ...companionMarks(objects) };
  return { deployment: { ...main, metadata: { ...main.metadata, annotations } }, objects };
}

describe('the companions of a revision', () => {
  it('are written on its Deployment, and a Secret stays there when an order does not read its values', () => {
    const { deployment, objects } = rendered();
    const name = deployment.metadata.name;
    expect(companionsOf(deployment)).toEqual([`PodDisruptionBudget/${name}`, `Service/${name}`]);
    const withSecret = {
      ...deployment,
      metadata: { ...deployment.metadata, annotations: { 'sluice.dev/companions': `Secret/s,Service/old` } },
    };
    const marks = companionMarks(objects, withSecret);
    expect(marks['sluice.dev/companions']).toBe(`PodDisruptionBudget/${name},Service/${name},Secret/s`);
  });

  it('are not missed where they cannot be followed, nor of a Deployment that names none', () => {
    const { deployment } = rendered();
    const empty = { get: () => undefined } as unknown as Mirror;
    expect(missingCompanions(deployment, {})).toEqual([]);
    expect(missingCompanions(undefined, { Service: empty })).toEqual([]);
    const going = { ...deployment, metadata: { ...deployment.metadata, deletionTimestamp: 'now' } };
    expect(missingCompanions(going, { Service: empty })).toEqual([]);
    expect(missingCompanions(deployment, { Service: empty })).toEqual([
      `Service/${deployment.metadata.name}`,
    ]);
  });

  it('are looked for in those mirrors alone that can be trusted', async () => {
    const refusing: ClusterClient = {
      ...cluster.client,
      mirror: (selection) => {
        const found = cluster.client.mirror(selection);
        if (selection.kind !== 'PodDisruptionBudget') return found;
        const stale = { since: 0, reason: 'poddisruptionbudgets is forbidden' };
        return { ...found, mirror: { ...found.mirror, synced: Promise.resolve(), stale } };
      },
    };
    const seen = await companionsSeen(refusing, namespace, () => Date.now());
    expect(Object.keys(seen)).toEqual(['Service', 'HorizontalPodAutoscaler']);
  });

  it('are taken away again when the revision was retired while they were made', async () => {
    const { deployment, objects } = rendered();
    await restoreCompanions({
      client: cluster.client,
      deployment,
      objects,
      secret: async () => undefined,
    });
    const name = revisionName(TRACK, clusterRevision(TRACK, 1, testSettings(namespace)).id);
    expect(await cluster.client.read({ apiVersion: 'v1', kind: 'Service', namespace, name })).toBeUndefined();
  });
});
