import type { TrackView } from '@sluice/protocol/http/views.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { playedFake } from '../../src/targets/testing/played-cluster.ts';
import { KubernetesRig } from './kubernetes-rig.ts';

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await KubernetesRig.start(playedFake);
});
afterAll(() => rig.close());

const LONG = '{ canary: { phases: [ { share: 34%, hold: 10m } ], keep-old: 0s } }';
const web = (image: string): string =>
  rig.file(`{ image: "registry.example/web:${image}", instances: 3, strategy: ${LONG} }`);

/** The names of everything that a release makes. */
const declared = async (): Promise<readonly string[]> => {
  const kinds = [
    ['apps/v1', 'Deployment'],
    ['v1', 'Service'],
    ['policy/v1', 'PodDisruptionBudget'],
  ] as const;
  const lists = await Promise.all(kinds.map(([apiVersion, kind]) => rig.list(apiVersion, kind)));
  return lists.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
};

/** A configuration map with a finalizer keeps the namespace in the state of being deleted. */
const keepIt = () =>
  rig.cluster.client.apply({
    ...{ apiVersion: 'v1', kind: 'ConfigMap' },
    metadata: { name: 'held', namespace: rig.namespace, finalizers: ['example.com/held'] },
  });
const letItGo = () =>
  rig.cluster.client.patch(
    { apiVersion: 'v1', kind: 'ConfigMap', namespace: rig.namespace, name: 'held' },
    { metadata: { finalizers: null } },
  );

function isStill(version: string, { active, stable, last }: TrackView): void {
  expect(active).toMatchObject({ version, phase: 'running' });
  expect(stable?.version).toBe('v1');
  expect(last?.version).toBe('v1');
}

test('a namespace that is being deleted in the middle of a rollout is told by status, and nothing succeeds in it', async () => {
  await rig.deploy(web('1'), 'v1');
  await rig.stable('v1');
  await rig.deploy(web('2'), 'v2');
  await rig.judged('v2');
  const before = await declared();
  await keepIt();
  await rig.cluster.client.remove({ apiVersion: 'v1', kind: 'Namespace', name: rig.namespace });

  const going = await rig.until(({ revisions, explanation }) => {
    expect(explanation.waitingFor).toContain(`${rig.namespace} because it is being terminated`);
    for (const { ready, reason } of revisions) {
      expect(ready).toBe(0);
      expect(reason).toMatch(/being terminated; wait until it is gone and make it again/);
    }
  });
  isStill('v2', going);
  expect(going.explanation.refusedOrders?.map(({ ordered }) => ordered)).toEqual([
    '1 instance of v1',
    '2 instances of v2',
  ]);
  expect(await declared()).toEqual([]);

  await letItGo();
  const gone = await rig.until(({ explanation }) =>
    expect(explanation.waitingFor).toContain(`namespaces "${rig.namespace}" not found; make it first`),
  );
  isStill('v2', gone);

  await rig.cluster.client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: rig.namespace } });
  const back = await rig.until(({ revisions, splitConfirmed }) => {
    expect(revisions.map(({ version, ready }) => [version, ready])).toEqual([
      ['v1', 1],
      ['v2', 2],
    ]);
    expect(splitConfirmed).toBe(true);
  });
  isStill('v2', back);
  expect(back.split.weights).toHaveLength(2);
  expect(back.explanation.refusedOrders).toEqual([]);
  expect((await declared()).toSorted()).toEqual(before.toSorted());
});

test('the rollout goes on from there as if nothing had been', async () => {
  await rig.api.command('shop/local/web', { command: 'promote-full', by: 'test' });
  await rig.stable('v2');
  const happened = (await rig.happened()).map(({ kind }) => kind);
  expect(happened).toContain('splitLost');
  expect(happened).not.toContain('rollbackBegun');
});
