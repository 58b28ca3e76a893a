import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  startGatewayController,
  type GatewayController,
} from '../../src/routing/cluster/testing/gateway-controller.ts';
import { playedFake } from '../../src/targets/testing/played-cluster.ts';
import { KubernetesRig } from './kubernetes-rig.ts';

const PATIENCE = { timeout: 30_000, interval: 50 };
const GATEWAY = 'router: { gateway-api: { parents: infra/public } }';
const QUEUE = 'queue_length';

let rig: KubernetesRig;
let gateway: GatewayController;
beforeAll(async () => {
  rig = await KubernetesRig.start(playedFake);
  gateway = await startGatewayController(rig.cluster.client, rig.namespace);
  await rig.deploy(file({ ...pair('v1'), ...scaled('v1'), ...spare('v1') }), 'v1');
  for (const component of ['web', 'api', 'scaled', 'spare']) await rig.stable('v1', component);
});
afterAll(async () => {
  await gateway.stop();
  await rig.close();
});

const fake = () => {
  const { fake: parts } = rig.cluster;
  if (parts === null) throw new TypeError('these cases need the fake cluster');
  return parts;
};

const canary = (hold: string): string =>
  `{ canary: { phases: [ { share: 25%, hold: ${hold} } ], keep-old: 0s } }`;
/** A file of components, each a flow mapping by its name. */
const file = (components: Readonly<Record<string, string>>): string =>
  [
    'application: shop',
    `target: { kubernetes: { cluster: default, namespace: ${rig.namespace} } }`,
    'components:',
    ...Object.entries(components).map(([name, component]) => `  ${name}: ${component}`),
    '',
  ].join('\n');
const one = (version: string, keys: string, kubernetes = ''): string =>
  `{ image: "registry.example/one:${version}", ${keys}, kubernetes: { ${kubernetes} } }`;

const nameOf = (component: string, revision = ''): string =>
  revisionName(trackId('shop', 'local', component), revisionId(revision));
const podsOf = async (component: string, revision: string | undefined) =>
  (await rig.list('v1', 'Pod')).filter(({ metadata }) =>
    metadata.name.startsWith(`${nameOf(component, revision)}-`),
  );
const revisionOf = ({ revisions }: TrackView, version: string) =>
  revisions.find((revision) => revision.version === version);

/** A component of one pod, and another one that it calls. */
const pair = (version: string, more = ''): Readonly<Record<string, string>> => ({
  web: one(version, `instances: 1, strategy: ${canary('1s')}`),
  api: one(version, `instances: 2, strategy: ${canary('1s')}`, more),
});
const scaled = (version: string): Readonly<Record<string, string>> => ({
  scaled: one(
    version,
    `instances: 2, route: /scaled, strategy: ${canary('10m')}`,
    `${GATEWAY}, autoscale: { max: 10, metrics: { ${QUEUE}: 30 } }`,
  ),
});
const spare = (version: string): Readonly<Record<string, string>> => ({
  spare: one(version, `instances: 3, route: /spare, strategy: ${canary('10m')}`, GATEWAY),
});

describe('two components of which one calls the other, released together,', () => {
  const serving: number[] = [];

  test('go each their own way, and a bad one takes only itself back', async () => {
    const crash = 'annotations: { play.sluice.dev/crash: loop, play.sluice.dev/exit-code: "3" }';
    await rig.deploy(file(pair('v2', crash)), 'v2');
    const good = await rig.until(({ revisions, split, last }) => {
      const carriers = revisions.filter(({ revision }) =>
        split.weights.some((weight) => weight.revision === revision && weight.basisPoints > 0),
      );
      serving.push(carriers.reduce((sum, { ready }) => sum + (ready ?? 0), 0));
      expect(last?.version).toBe('v2');
    });
    expect(good.last).toMatchObject({ outcome: 'succeeded' });
    const bad = await rig.until(({ last }) => expect(last?.version).toBe('v2'), 'api');
    expect(bad.last).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'crash-loop' } });
    await rig.stable('v1', 'api');
  });

  test('and of the one that has a single replica there is never none that serves', () => {
    expect(Math.min(...serving)).toBe(1);
  });

  test('say in their health what they need, as nothing in a cluster is looked for from outside', async () => {
    const needy = one('v3', 'instances: 1, needs: [ { http: "http://shop-local-api/" } ]');
    const text = file({ ...pair('v3'), web: needy });
    const refused = await rig.api.release({ text, file: 'sluice.yaml', baseDirectory: '/', version: 'v3' });
    expect(refused.ok).toBe(false);
    expect(JSON.stringify(refused)).toContain('let the path of health answer for what is needed');
    for (const component of ['web', 'api']) expect((await rig.track(component)).active).toBeNull();
  });
});

test('a rollback after stable was replaced, and its pods are gone, brings it back before it gets requests', async () => {
  const before = await rig.until(({ revisions }) => expect(revisions).toHaveLength(1));
  const asked = await rig.api.rollBack('shop/local/web', { bySteps: false, by: 'test' });
  expect(asked.ok).toBe(true);
  const early: unknown[] = [];
  await rig.until((track) => {
    const { ready = 0, shareBasisPoints = 0 } = revisionOf(track, 'v1') ?? {};
    if (ready === 0 && shareBasisPoints > 0) early.push(track);
    expect(track.stable?.version).toBe('v1');
    expect(track.active).toBeNull();
  });
  expect(early).toEqual([]);
  await rig.until(({ revisions }) => expect(revisions.map(({ version }) => version)).toEqual(['v1']));
  await vi.waitFor(async () => expect(await podsOf('web', before.stable?.revision)).toEqual([]), PATIENCE);
});

describe('in the middle of a canary', () => {
  /** A queue that the pods of each revision work off by its share; it is told as the number of pods that it takes. */
  function press(pods: () => number): () => Promise<void> {
    const { metrics } = fake().controllers;
    const tell = async (): Promise<void> => {
      const { split } = await rig.track('scaled');
      for (const { revision, basisPoints } of split.weights) {
        const own = await podsOf('scaled', revision);
        const length = (30 * pods() * basisPoints) / 10_000;
        for (const { metadata } of own) metrics.set(rig.namespace, metadata.name, QUEUE, length / own.length);
      }
    };
    let telling = Promise.resolve();
    const timer = setInterval(() => {
      telling = telling.then(tell);
    }, 100);
    return () => {
      clearInterval(timer);
      return telling;
    };
  }

  test('an autoscaler scales stable on, and the candidate gets what the load needs before it gets all of it', async () => {
    let needed = 2;
    const relieve = press(() => needed);
    await rig.deploy(file(scaled('v2')), 'v2');
    await rig.judged('v2', 'scaled');
    needed = 8;
    const grown = await rig.until((track) => {
      expect(revisionOf(track, 'v1')?.ready).toBe(6);
      expect(revisionOf(track, 'v2')?.ready).toBe(2);
    }, 'scaled');
    expect(grown.active).toMatchObject({ version: 'v2', phase: 'running' });

    await rig.api.command('shop/local/scaled', { command: 'promote', by: 'test' });
    const seen: TrackView[] = [];
    await rig.until((track) => {
      seen.push(track);
      expect(track.stable?.version).toBe('v2');
    }, 'scaled');
    await relieve();
    const sharing = seen.filter(({ split }) => split.weights.length === 2);
    const switched = seen.filter(({ split }) => split.weights.length === 1);
    const fewest = (tracks: readonly TrackView[], version: string): number =>
      Math.min(...tracks.map((track) => revisionOf(track, version)?.ready ?? 0));
    expect(fewest(sharing, 'v1')).toBeGreaterThanOrEqual(6);
    expect(fewest(switched, 'v2')).toBeGreaterThanOrEqual(8);
    // What was ordered for the load is no load itself.
    expect(Math.max(...seen.flatMap(({ revisions }) => revisions.map(({ ordered }) => ordered)))).toBe(8);
  });

  test('a quota that is used up is told as Kubernetes tells it, and the rollout goes on when there is more', async () => {
    const reference = { apiVersion: 'v1', kind: 'ResourceQuota', namespace: rig.namespace, name: 'tight' };
    await rig.cluster.client.apply({
      ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'tight', namespace: rig.namespace } },
      spec: { hard: { pods: '1' } },
    });
    await rig.deploy(file(spare('v2')), 'v2');
    const told = await rig.until(
      ({ explanation }) =>
        expect(explanation.waitingFor).toMatch(/v2: 0 of 1 ready.*exceeded quota: tight, requested: pods=1/),
      'spare',
    );
    expect(revisionOf(told, 'v1')).toMatchObject({ role: 'stable', ready: 3, shareBasisPoints: 10_000 });
    await rig.cluster.client.remove(reference);
    await rig.judged('v2', 'spare');
  });

  test('a stable revision that breaks takes no good candidate back with it, and is not taken down further', async () => {
    const { stable } = await rig.track('spare');
    for (const { metadata } of await podsOf('spare', stable?.revision))
      await rig.cluster.client.patch(
        { apiVersion: 'v1', kind: 'Pod', namespace: rig.namespace, name: metadata.name },
        { metadata: { annotations: { 'play.sluice.dev/ready': 'never' } } },
      );
    await rig.api.command('shop/local/spare', { command: 'promote', by: 'test' });
    const broken = await rig.until(
      ({ explanation }) =>
        expect(explanation.waitingFor).toMatch(/the stable revision: 0 of 3 instances ready .*--hotfix/),
      'spare',
    );
    expect(broken.active).toMatchObject({ version: 'v2', phase: 'running' });
    expect(revisionOf(broken, 'v1')).toMatchObject({ ordered: 3, ready: 0, shareBasisPoints: 7500 });
    await rig.api.command('shop/local/spare', { command: 'promote-full', by: 'test' });
    const { last } = await rig.stable('v2', 'spare');
    expect(last).toMatchObject({ version: 'v2', outcome: 'succeeded' });
  });
});
