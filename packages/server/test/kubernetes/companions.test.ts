import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { playedFake } from '../../src/targets/testing/played-cluster.ts';
import { KubernetesRig } from './kubernetes-rig.ts';

const PATIENCE = { timeout: 50_000, interval: 50 };
const TRACK = trackId('shop', 'local', 'web');

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await KubernetesRig.start(playedFake);
  await rig.deploy(web('1'), 'v1');
  await rig.stable('v1');
});
afterAll(() => rig.close());

const web = (image: string, phases = '{ share: 50%, hold: 1s }'): string =>
  rig.file(
    `{ image: "registry.example/web:${image}", instances: 2, kubernetes: { router: istio }, strategy: { canary: { phases: [ ${phases} ], keep-old: 0s } } }`,
  );
/** What the revision of a version has beside its Deployment. */
async function companionsOf(version: string): Promise<readonly ObjectReference[]> {
  const { revisions } = await rig.track();
  const revision = revisions.find((one) => one.version === version)?.revision ?? '';
  const name = revisionName(TRACK, revisionId(revision));
  const { namespace } = rig;
  return [
    { apiVersion: 'v1', kind: 'Service', namespace, name },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace, name },
  ];
}
const removeAll = async (objects: readonly ObjectReference[]): Promise<void> => {
  for (const object of objects) expect(await rig.cluster.client.remove(object)).toBe(true);
};
const areBack = (objects: readonly ObjectReference[]): Promise<void> =>
  vi.waitFor(async () => {
    for (const object of objects) expect(await rig.cluster.client.read(object)).toBeDefined();
  }, PATIENCE);

test('what a revision needs and somebody removed comes back though nothing is being released', async () => {
  const companions = await companionsOf('v1');
  await removeAll(companions);
  await areBack(companions);
  await rig.until(({ revisions, explanation }) => {
    expect(revisions).toMatchObject([{ version: 'v1', ready: 2, reason: null }]);
    expect(explanation.waitingFor).toBeNull();
  });
}, 60_000);

test('a release goes on when it was removed from both revisions in its middle, and ends as it would', async () => {
  await rig.deploy(web('2', '{ share: 50%, hold: 1h }'), 'v2');
  await rig.judged('v2');
  for (const version of ['v1', 'v2']) await removeAll(await companionsOf(version));
  await rig.api.command('shop/local/web', { command: 'abort', by: 'test' });
  const track = await rig.until(({ last }) =>
    expect(last).toMatchObject({ version: 'v2', phase: 'rolled-back' }),
  );
  expect(track.stable?.version).toBe('v1');
  await areBack(await companionsOf('v1'));
  await rig.deploy(web('3'), 'v3');
  await rig.stable('v3');
}, 60_000);
