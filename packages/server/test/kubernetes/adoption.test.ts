import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { KubernetesRig } from './kubernetes-rig.ts';

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await KubernetesRig.start();
});
afterAll(() => rig.close());

const LABELS = { app: 'shop' };
const manifests = (image: string): readonly KubernetesObject[] => [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', namespace: rig.namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: { containers: [{ name: 'main', image, ports: [{ containerPort: 8080 }] }] },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop', namespace: rig.namespace },
    spec: { selector: LABELS, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  },
];

const file = async (image: string): Promise<string> => {
  await rig.write(
    'shop.yaml',
    manifests(image)
      .map((object) => JSON.stringify(object))
      .join('\n---\n'),
  );
  return rig.file('{ manifests: [ shop.yaml ], strategy: { blue-green: { bake: 1s, keep-old: 0s } } }');
};
const selector = async () => (await rig.read('v1', 'Service', 'shop')).spec?.['selector'];

test('the Service of a Deployment that is adopted leads to its old pods until the new ones are ready', async () => {
  for (const object of manifests('registry.example/shop:1'))
    await rig.cluster.client.apply(object, { manager: 'kubectl' });
  expect(await selector()).toEqual(LABELS);
  await rig.deploy(await file('registry.example/shop:1'), 'v1');
  const selectors: unknown[] = [];
  await rig.until((track) => {
    const ready = track.revisions.find(({ version }) => version === 'v1')?.ready ?? 0;
    if (ready < 2) selectors.push(track.split.weights);
    expect(ready).toBe(2);
  });
  for (const weights of selectors) expect(weights).toEqual([]);
  const track = await rig.stable('v1');
  expect(await selector()).toMatchObject({ 'sluice.dev/revision': track.stable?.revision });
});

test('the workload that was there is left to its owner, and the next release goes on under the same address', async () => {
  expect(await rig.read('apps/v1', 'Deployment', 'shop')).toMatchObject({ spec: { replicas: 2 } });
  await rig.deploy(await file('registry.example/shop:2'), 'v2');
  const track = await rig.stable('v2');
  expect(await selector()).toMatchObject({ 'sluice.dev/revision': track.stable?.revision });
});
