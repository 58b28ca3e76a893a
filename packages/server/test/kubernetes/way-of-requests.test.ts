import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { playedFake } from '../../src/targets/testing/played-cluster.ts';
import { KubernetesRig } from './kubernetes-rig.ts';

const ISTIO = 'networking.istio.io/v1';
const PATIENCE = { timeout: 50_000, interval: 50 };

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await KubernetesRig.start(playedFake);
  await rig.cluster.client.apply(THEIRS(), { manager: 'kubectl' });
  const component = (name: string, router: string) =>
    `{ image: "registry.example/${name}:1", instances: 2, kubernetes: { router: ${router} }, strategy: { blue-green: { bake: 1s, keep-old: 0s } } }`;
  const api = component('api', '{ istio: { virtual-service: { name: theirs } } }');
  await rig.deploy(rig.file(component('web', 'istio'), `  api: ${api}\n`), 'v1');
  for (const name of ['web', 'api']) await rig.stable('v1', name);
});
afterAll(() => rig.close());

const THEIRS = (): KubernetesObject => ({
  ...{ apiVersion: ISTIO, kind: 'VirtualService', metadata: { name: 'theirs', namespace: rig.namespace } },
  spec: { hosts: ['api.test'], http: [{ route: [{ destination: { host: 'shop-local-api' } }] }] },
});
const service = (name: string): ObjectReference => ({
  ...{ apiVersion: 'v1', kind: 'Service', namespace: rig.namespace, name },
});
/** An idle track is looked at every half a minute, and when one of its pods changes. */
async function hasten(component: string): Promise<void> {
  const pods = await rig.list('v1', 'Pod');
  const pod = pods.find(({ metadata }) =>
    metadata.annotations?.['sluice.dev/track']?.endsWith(`/${component}`),
  );
  if (pod) await rig.cluster.client.remove({ ...service(pod.metadata.name), kind: 'Pod' });
}

test('the Services that a mesh needs come back though nothing is being released, and it is told', async () => {
  const { stable } = await rig.track('web');
  const ofStable = revisionName(trackId('shop', 'local', 'web'), revisionId(stable?.revision ?? ''));
  const before = (await rig.happened('web')).length;
  for (const name of ['shop-local-web', ofStable]) await rig.cluster.client.remove(service(name));
  await hasten('web');
  for (const name of ['shop-local-web', ofStable])
    await vi.waitFor(
      async () => expect(await rig.cluster.client.read(service(name))).toBeDefined(),
      PATIENCE,
    );
  await vi.waitFor(
    async () =>
      expect((await rig.happened('web')).slice(before).map(({ words }) => words)).toEqual([
        'the router has another split than was ordered',
        'the router confirmed the split',
      ]),
    PATIENCE,
  );
}, 60_000);

test('a VirtualService of the user’s own that is gone while nothing is released is told, and taken up again', async () => {
  await rig.cluster.client.remove({ ...service('theirs'), apiVersion: ISTIO, kind: 'VirtualService' });
  await hasten('api');
  const told = await rig.until(
    ({ explanation }) =>
      expect(explanation.waitingFor).toContain(
        `the VirtualService ${rig.namespace}/theirs is not there; it was to be split`,
      ),
    'api',
  );
  expect(told.splitConfirmed).toBe(false);
  await rig.cluster.client.apply(THEIRS(), { manager: 'kubectl' });
  await rig.until((track) => {
    expect(track.splitConfirmed).toBe(true);
    expect(track.explanation.waitingFor).toBeNull();
  }, 'api');
}, 60_000);
