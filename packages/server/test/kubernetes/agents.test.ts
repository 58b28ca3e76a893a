import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { REVISION } from '@sluice/kubernetes/objects/labels.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { KubernetesRig } from './kubernetes-rig.ts';
import { doneBy, submit, underLoad } from './testing/agent-tasks.ts';
import { PodWorkers } from './testing/pod-workers.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };
const LEVELS = { enforce: 'restricted', warn: 'restricted' };
const CANARY =
  '{ canary: { phases: [ { share: 25%, hold: 2s }, { share: 75%, hold: 2s } ], min-requests: 10, judge: { warm-up: 1s }, keep-old: 0s } }';

let rig: KubernetesRig;
let workers: PodWorkers;
beforeAll(async () => {
  rig = await KubernetesRig.start();
  const labels = Object.entries(LEVELS).map(([key, level]) => [`pod-security.kubernetes.io/${key}`, level]);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', name: rig.namespace };
  await rig.cluster.client.patch(namespace, { metadata: { labels: Object.fromEntries(labels) } });
  workers = await PodWorkers.follow(rig.cluster.client, rig.namespace);
});
afterAll(async () => {
  await workers.stop();
  await rig.close();
});

/** A file of agents in the cluster, as the guide has it. */
const agents = (image: string, more = ''): string =>
  rig.file(
    `{ kind: agents, image: "registry.example/agent:${image}", instances: 2, drain: 5s, strategy: ${CANARY}, agents: { server: "http://127.0.0.1:${rig.apiPort}", retry: { failures: 3, pause: 10ms } }${more} }`,
  );
const deployments = () => rig.list('apps/v1', 'Deployment');

it('run in a namespace that demands "restricted", with all that a worker needs, and do tasks', async () => {
  await rig.deploy(agents('1'), 'v1');
  await rig.stable('v1');
  expect(await doneBy(rig, await submit(rig, 20, 10))).toEqual(['v1']);
  expect(await rig.list('v1', 'Service')).toEqual([]);
  const [deployment] = await deployments();
  expect(deployment?.status).toMatchObject({ readyReplicas: 2 });
});

it('a canary of agents takes its shares of the tasks, and nothing of the old one stays', async () => {
  await rig.deploy(agents('2'), 'v2');
  const shares = new Set<number>();
  const ids = await underLoad(rig, () =>
    rig.until((track) => {
      const share = track.split.weights.find(({ revision }) => revision === track.active?.candidate);
      if (share) shares.add(share.basisPoints);
      expect(track.last).toMatchObject({ version: 'v2', phase: 'succeeded' });
    }),
  );
  expect([...shares]).toEqual(expect.arrayContaining([2500, 7500]));
  expect(await doneBy(rig, ids)).toEqual(['v1', 'v2']);
  expect(await doneBy(rig, await submit(rig, 10, 10))).toEqual(['v2']);
  await vi.waitFor(async () => expect(await deployments()).toHaveLength(1), PATIENCE);
  expect(await rig.list('policy/v1', 'PodDisruptionBudget')).toHaveLength(1);
});

it('a version that fails is taken back, its tasks are done by the other one, and nothing of it stays', async () => {
  const before = await deployments();
  await rig.deploy(agents('3', ', env: { BROKEN: "yes" }'), 'v3');
  const ids = await underLoad(rig, () =>
    rig.until(({ last }) => expect(last).toMatchObject({ version: 'v3', phase: 'rolled-back' })),
  );
  expect(await doneBy(rig, ids)).toEqual(['v2']);
  await vi.waitFor(async () => expect(names(await deployments())).toEqual(names(before)), PATIENCE);
  expect(await rig.list('policy/v1', 'PodDisruptionBudget')).toHaveLength(1);
  const pods = await rig.cluster.client.list({
    ...{ apiVersion: 'v1', kind: 'Pod', namespace: rig.namespace },
    labels: REVISION,
  });
  expect(new Set(pods.filter(isStaying).map(({ metadata }) => metadata.labels?.[REVISION])).size).toBe(1);
});

it('a server that is killed costs no task, and its workers find it again', async () => {
  const ids = await submit(rig, 10, 1_000);
  await rig.killServer();
  await rig.startServer();
  expect(await doneBy(rig, ids)).toEqual(['v2']);
});

const names = (objects: readonly KubernetesObject[]): readonly string[] =>
  objects.map(({ metadata }) => metadata.name);
const isStaying = ({ metadata }: KubernetesObject): boolean => metadata.deletionTimestamp === undefined;
