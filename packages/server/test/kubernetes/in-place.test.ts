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

async function release(kind: Kind, image: string, play: Readonly<Record<string, string>> = {}, more = '') {
  const file = `${kind.toLowerCase()}.yaml`;
  await writeFile(join(folder, file), JSON.stringify(await manifest(kind, image, play)));
  const text = `application: shop
target: { kubernetes: { cluster: default, namespace: ${rig.namespace} } }
components:
  ${kind.toLowerCase()}: { manifests: [ ${file} ]${more && `, ${more}`} }
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

/** One pod of a release after the other, each with time to be looked at. */
const SLOW = { 'play.sluice.dev/ready-after': '1s' };

const wholly = (kind: Kind, version: string, size: number) =>
  rig.until(({ active, stable, revisions }) => {
    expect(active).toBeNull();
    expect(stable?.version).toBe(version);
    expect(revisions).toEqual([expect.objectContaining({ version, ready: size })]);
  }, kind.toLowerCase());

const partly = (kind: Kind, version: string) =>
  rig.until(({ active, revisions }) => {
    expect(active?.version).toBe(version);
    expect(revisions.find((one) => one.version === version)?.ready).toBeGreaterThan(0);
  }, kind.toLowerCase());

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

describe.each(['StatefulSet', 'DaemonSet'] as const)('in the middle of a release of a %s', (kind) => {
  const component = kind.toLowerCase();
  const path = `shop/local/${component}`;
  let size: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-manifests-'));
    replicas = 3;
    rig = await KubernetesRig.start();
    await release(kind, '1');
    const { revisions } = await rig.stable('v1', component);
    size = revisions[0]?.ordered ?? 0;
    expect(size).toBeGreaterThan(1);
  });
  afterAll(async () => {
    await rig.close();
    await rm(folder, { recursive: true });
  });

  test('a control plane that is killed goes on where it was', async () => {
    await release(kind, '2', SLOW);
    await partly(kind, 'v2');
    await rig.killServer();
    await rig.startServer();
    await wholly(kind, 'v2', size);
    expect(new Set(await imagesOf(kind))).toEqual(new Set(['2']));
  });

  test('an abort by hand gives stable all its pods again', async () => {
    await release(kind, '3', SLOW);
    await partly(kind, 'v3');
    await rig.api.command(path, { command: 'abort', by: 'test' });
    await wholly(kind, 'v2', size);
    expect(new Set(await imagesOf(kind))).toEqual(new Set(['2']));
  });

  test('a control plane that is killed while it takes a release back goes on taking it back', async () => {
    await release(kind, '4', SLOW);
    await partly(kind, 'v4');
    await rig.api.command(path, { command: 'abort', by: 'test' });
    await rig.killServer();
    await rig.startServer();
    await wholly(kind, 'v2', size);
  });

  test('a newer release takes the place of the one under way', async () => {
    await release(kind, '5', SLOW);
    await partly(kind, 'v5');
    await release(kind, '6');
    await wholly(kind, 'v6', size);
    expect(new Set(await imagesOf(kind))).toEqual(new Set(['6']));
  });

  test('what a hand changes of the template comes to nothing', async () => {
    await release(kind, '7', SLOW);
    await partly(kind, 'v7');
    const { spec } = await manifest(kind, 'hand', SLOW);
    await rig.cluster.client.patch(
      { apiVersion: 'apps/v1', kind, namespace: rig.namespace, name: component },
      { spec: { template: { spec: { containers: spec.template.spec.containers } } } },
    );
    await wholly(kind, 'v7', size);
    await vi.waitFor(async () => expect(new Set(await imagesOf(kind))).toEqual(new Set(['7'])), PATIENCE);
  });

  test('a pod that is evicted comes back, and no release is taken back for it', async () => {
    await release(kind, '8', SLOW);
    await partly(kind, 'v8');
    const pods = (await rig.list('v1', 'Pod')).filter(
      ({ metadata }) => metadata.labels?.['app'] === component,
    );
    // One of stable: of a DaemonSet it comes back as the candidate's.
    const old = pods.find(({ spec }) => !JSON.stringify(spec).includes(':8"')) ?? pods[0];
    const { namespace, name = '' } = old?.metadata ?? {};
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace, name };
    await rig.cluster.client.patch(reference, {}, { subresource: 'eviction' });
    await wholly(kind, 'v8', size);
  });

  test('a rollback by hand brings the version before back', async () => {
    const reply = await rig.api.rollBack(path, { by: 'test', bySteps: false });
    expect(reply.ok).toBe(true);
    await wholly(kind, 'v7', size);
    expect(new Set(await imagesOf(kind))).toEqual(new Set(['7']));
  });

  test('a strategy that needs two revisions beside each other is refused', async () => {
    await expect(release(kind, '9', {}, 'strategy: { blue-green: { bake: 1s } }')).rejects.toThrow(
      /each new pod takes the place of an old one/,
    );
  });
});
