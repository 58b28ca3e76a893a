import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from '@sluice/core/kernel/assert.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { KubernetesRig } from './kubernetes-rig.ts';

let rig: KubernetesRig;
let folder: string;

type Kind = 'StatefulSet' | 'DaemonSet' | 'Deployment';
let replicas = 3;
/** It ends before it is ready: one that is ready for a moment is stable where all pods go at once. */
const CRASH = {
  'play.sluice.dev/crash': 'loop',
  'play.sluice.dev/exit-code': '3',
  'play.sluice.dev/ready': 'never',
};
const PATIENCE = { timeout: 30_000, interval: 50 };

/** A workload as people have it in a file; a DaemonSet says how many pods it has, of which there is one per node. */
async function manifest(kind: Kind, image: string, play: Readonly<Record<string, string>> = {}) {
  const name = kind.toLowerCase();
  const nodes = await rig.cluster.client.list({ apiVersion: 'v1', kind: 'Node' });
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: {
      name,
      namespace: rig.namespace,
      annotations: {
        'sluice.dev/adopt': 'in-place',
        ...(kind === 'DaemonSet' ? { 'sluice.dev/instances': String(nodes.length) } : {}),
      },
    },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations: play },
        spec: {
          containers: [
            {
              name: 'main',
              image: `registry.example/${name}:${image}`,
              ports: [{ containerPort: 8080 }],
              readinessProbe: { httpGet: { path: '/', port: 8080 } },
            },
          ],
        },
      },
    },
  };
}

async function release(kind: Kind, image: string, play: Readonly<Record<string, string>> = {}) {
  const file = `${kind.toLowerCase()}.yaml`;
  await writeFile(join(folder, file), JSON.stringify(await manifest(kind, image, play)));
  const text = `application: shop
target: { kubernetes: { cluster: default, namespace: ${rig.namespace} } }
components:
  ${kind.toLowerCase()}: { manifests: [ ${file} ] }
`;
  const reply = await rig.api.release({
    ...{ text, file: 'sluice.yaml', baseDirectory: folder, version: `v${image}` },
  });
  assert(reply.ok, `the release was refused: ${JSON.stringify(reply)}`);
  return reply.value;
}

const imagesOf = async (kind: Kind): Promise<readonly string[]> => {
  const pods = await rig.list('v1', 'Pod');
  return pods
    .filter(({ metadata }) => metadata.labels?.['app'] === kind.toLowerCase())
    .map(({ spec }) => {
      const [container] = (spec?.['containers'] ?? []) as unknown as readonly { image: string }[];
      return (container?.image ?? '').split(':')[1] ?? '';
    });
};

const readyOf = ({ revisions }: TrackView): number =>
  revisions.reduce((sum, { ready }) => sum + (ready ?? 0), 0);

const SIZES: readonly (readonly [Kind, number])[] = [
  ['StatefulSet', 3],
  ['StatefulSet', 1],
  ['DaemonSet', 3],
  ['Deployment', 3],
  ['Deployment', 1],
];

describe.each(SIZES)('releases of a %s of %i in place', (kind, declared) => {
  // Each takes all requests, which one of an environment can; so each has a control plane of its own.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-manifests-'));
    replicas = declared;
    rig = await KubernetesRig.start();
  });
  afterAll(async () => {
    await rig.close();
    await rm(folder, { recursive: true });
  });

  const component = kind.toLowerCase();

  test('the first one adopts what is there, and does not make it anew', async () => {
    const there = await rig.cluster.client.apply(await manifest(kind, '0'), { manager: 'them' });
    await vi.waitFor(
      async () => expect((await imagesOf(kind)).length).toBeGreaterThanOrEqual(declared),
      PATIENCE,
    );
    await release(kind, '1');
    await rig.stable('v1', component);
    expect((await rig.read('apps/v1', kind, component)).metadata.uid).toBe(there.metadata.uid);
    await vi.waitFor(async () => expect(new Set(await imagesOf(kind))).toEqual(new Set(['1'])), PATIENCE);
  });

  test('a good one goes pod by pod, and nothing of the old revision is left at the end', async () => {
    const size = (await imagesOf(kind)).length;
    const { rollouts } = await release(kind, '2');
    expect(rollouts[0]?.plan.steps.map(({ words }) => words).join('\n')).toMatch(/switch all requests/);
    const fewest = { ready: size };
    await rig.until((track) => {
      fewest.ready = Math.min(fewest.ready, readyOf(track));
      expect(track.last?.version).toBe('v2');
      expect(track.last?.phase).toBe('succeeded');
    }, component);
    if (kind !== 'Deployment') expect(fewest.ready).toBeGreaterThanOrEqual(size - 1);
    await rig.stable('v2', component);
    await rig.until(
      ({ revisions }) => expect(revisions).toEqual([expect.objectContaining({ version: 'v2', ready: size })]),
      component,
    );
    expect(new Set(await imagesOf(kind))).toEqual(new Set(['2']));
  });

  test('a bad one is taken back, and stable has all its pods again', async () => {
    const size = (await imagesOf(kind)).length;
    await release(kind, '3', CRASH);
    const track = await rig.until(({ last }) => expect(last?.version).toBe('v3'), component);
    expect(track.last).toMatchObject({ phase: 'rolled-back' });
    expect(JSON.stringify(track.last)).toMatch(/exit code 3/);
    expect(track.stable?.version).toBe('v2');
    await rig.until(
      ({ revisions }) => expect(revisions).toEqual([expect.objectContaining({ version: 'v2', ready: size })]),
      component,
    );
    expect(new Set(await imagesOf(kind))).toEqual(new Set(['2']));
  });
});
