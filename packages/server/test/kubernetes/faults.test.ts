import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { playedFake } from '../../src/targets/testing/played-cluster.ts';
import { KubernetesRig } from './kubernetes-rig.ts';

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await KubernetesRig.start(playedFake);
});
afterAll(() => rig.close());

const web = (image: string, strategy: string, more = ''): string =>
  rig.file(`{ image: "registry.example/web:${image}", instances: 3, strategy: ${strategy}${more} }`);
const PATIENCE = { timeout: 60_000, interval: 50 };
const CANARY = '{ canary: { phases: [ { share: 34%, hold: 1s } ], keep-old: 0s } }';
const LONG = '{ canary: { phases: [ { share: 34%, hold: 10m } ], keep-old: 0s } }';
const fake = () => {
  const { fake: parts } = rig.cluster;
  if (parts === null) throw new TypeError('these faults need the fake cluster');
  return parts;
};
const nameOf = (revision: string | undefined): string =>
  revisionName(trackId('shop', 'local', 'web'), revisionId(revision ?? ''));

describe('what goes wrong around a release', () => {
  test('nothing, at first', async () => {
    await rig.deploy(web('1', CANARY), 'v1');
    await rig.stable('v1');
  });

  test('an API server that is gone in the middle of a step holds the rollout, and it goes on by itself', async () => {
    await rig.deploy(web('2', LONG), 'v2');
    await rig.until(({ active }) => expect(active?.phase).toBe('running'));
    await rig.until(({ split }) => expect(split.weights).toHaveLength(2));
    await fake().cluster.stop();
    // Longer than copies of the past are trusted.
    await rig.until(({ explanation }) => expect(explanation.waitingFor).toMatch(/has not been heard of/));
    expect((await rig.track()).active?.version).toBe('v2');
    await fake().cluster.start();
    await rig.until(({ explanation }) => expect(explanation.waitingFor ?? '').not.toMatch(/heard of/));
    expect((await rig.track()).active?.version).toBe('v2');
    await rig.api.command('shop/local/web', { command: 'promote-full', by: 'test' });
    await rig.stable('v2');
  });

  test('watches that are cut and history that is forgotten lose nothing', async () => {
    await rig.deploy(web('3', LONG), 'v3');
    await rig.until(({ active }) => expect(active?.phase).toBe('running'));
    fake().cluster.forgetHistory();
    fake().cluster.cutWatches();
    await rig.until(({ split }) => expect(split.weights).toHaveLength(2));
    await rig.api.command('shop/local/web', { command: 'promote-full', by: 'test' });
    await rig.stable('v3');
  });

  test('a node that is drained in the middle of a rollout takes no candidate back', async () => {
    await rig.deploy(web('4', LONG), 'v4');
    await rig.until(({ split }) => expect(split.weights).toHaveLength(2));
    const [node = ''] = fake().player.nodes;
    await fake().player.drain(node);
    await rig.until(({ revisions }) => {
      for (const { ready, ordered } of revisions) expect(ready).toBe(ordered);
    });
    expect((await rig.track()).active?.version).toBe('v4');
    await fake().player.uncordon(node);
    await rig.api.command('shop/local/web', { command: 'promote-full', by: 'test' });
    await rig.stable('v4');
  });

  test('a selector that a hand has changed in the middle of a rollout is seen and put right', async () => {
    await rig.deploy(web('5', LONG), 'v5');
    await rig.until(({ split, splitConfirmed }) => {
      expect(split.weights).toHaveLength(2);
      expect(splitConfirmed).toBe(true);
    });
    const service = { apiVersion: 'v1', kind: 'Service', namespace: rig.namespace, name: 'shop-local-web' };
    const { stable } = await rig.track();
    await rig.cluster.client.patch(service, {
      spec: { selector: { 'sluice.dev/revision': stable?.revision ?? '' } },
    });
    await vi.waitFor(async () => {
      const { spec } = await rig.read('v1', 'Service', 'shop-local-web');
      expect(spec?.['selector']).not.toHaveProperty(['sluice.dev/revision']);
    }, PATIENCE);
    expect((await rig.track()).active?.version).toBe('v5');
    await rig.api.command('shop/local/web', { command: 'abort', by: 'test' });
    await rig.stable('v4');
  });

  test('pods of stable that are deleted in the middle of a canary are not mistaken for a bad candidate', async () => {
    await rig.deploy(web('6', LONG), 'v6');
    await rig.until(({ split }) => expect(split.weights).toHaveLength(2));
    const { stable } = await rig.track();
    const doomed = (await rig.list('v1', 'Pod')).filter(({ metadata }) =>
      metadata.name.startsWith(nameOf(stable?.revision)),
    );
    for (const { metadata } of doomed)
      await rig.cluster.client.remove({
        apiVersion: 'v1',
        kind: 'Pod',
        namespace: rig.namespace,
        name: metadata.name,
      });
    await vi.waitFor(async () => {
      const names = (await rig.list('v1', 'Pod')).map(({ metadata }) => metadata.name);
      for (const { metadata } of doomed) expect(names).not.toContain(metadata.name);
    }, PATIENCE);
    await rig.until(({ revisions }) => {
      for (const { ready, ordered } of revisions) expect(ready).toBe(ordered);
    });
    expect((await rig.track()).active?.version).toBe('v6');
    await rig.api.command('shop/local/web', { command: 'abort', by: 'test' });
    await rig.stable('v4');
  });

  test('a server that is overloaded and answers 409 and 429 delays a release and loses none', async () => {
    const match = { verb: 'patch', resource: 'deployments' };
    fake().cluster.faults.add({ match, action: { kind: 'too-many-requests' }, times: 3 });
    fake().cluster.faults.add({ match, action: { kind: 'conflict' }, times: 3 });
    await rig.deploy(web('7', CANARY), 'v7');
    await rig.stable('v7');
  });
});
