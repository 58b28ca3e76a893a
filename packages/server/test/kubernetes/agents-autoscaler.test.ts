import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KubernetesRig } from './kubernetes-rig.ts';
import { doneBy, submit } from './testing/agent-tasks.ts';
import {
  type ExternalMetricsService,
  externalMetricsService,
  whyNotRegistered,
} from './testing/external-metrics-service.ts';
import { PodWorkers } from './testing/pod-workers.ts';

const MOST = 7;
const PATIENCE = { timeout: 90_000, interval: 100 };
const STRATEGY = '{ blue-green: { bake: 1s, keep-old: 0s } }';

let rig: KubernetesRig;
let workers: PodWorkers;
let metrics: ExternalMetricsService;

const agents = (image: string): string =>
  rig.file(
    `{ kind: agents, image: "registry.example/agent:${image}", instances: 1, drain: 20s, strategy: ${STRATEGY}, agents: { server: "http://127.0.0.1:${rig.apiPort}", pool: { max: ${MOST}, wait: 1s, keep: 3s } } }`,
  );
const autoscalers = () => rig.list('autoscaling/v2', 'HorizontalPodAutoscaler');
const deployments = () => rig.list('apps/v1', 'Deployment');
const replicasOf = ({ spec }: KubernetesObject): unknown => spec?.['replicas'];
const replicas = async (): Promise<readonly unknown[]> => (await deployments()).map(replicasOf);
const becomes = (wanted: number): Promise<void> =>
  vi.waitFor(async () => expect(await replicas()).toEqual([wanted]), PATIENCE);
const isSaid = (type: string, status: string, reason: string): Promise<void> =>
  vi.waitFor(async () => {
    const [autoscaler] = await autoscalers();
    expect(autoscaler?.status?.['conditions']).toContainEqual(
      expect.objectContaining({ type, status, reason }),
    );
  }, PATIENCE);

const whyNot = whyNotRegistered();
if (whyNot !== null) reportSkip(`pools of agents that a real autoscaler follows: ${whyNot}`);

// The reason is told above.
describe.skipIf(whyNot !== null)('a pool in a real cluster', () => {
  beforeAll(async () => {
    rig = await KubernetesRig.start();
    workers = await PodWorkers.follow(rig.cluster.client, rig.namespace);
    metrics = await externalMetricsService(rig);
    await rig.deploy(agents('1'), 'v1');
    await rig.stable('v1');
  });
  afterAll(async () => {
    await metrics.close();
    await workers.stop();
    await rig.close();
  });

  it('is followed by its autoscaler in one move, and back when the tasks are done', async () => {
    await isSaid('ScalingActive', 'True', 'ValidMetricFound');
    const seen: unknown[] = [];
    const { mirror, release } = rig.cluster.client.mirror({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: rig.namespace },
    });
    await mirror.synced;
    const cancel = mirror.onChange(
      (now) => now && seen.at(-1) !== replicasOf(now) && seen.push(replicasOf(now)),
    );
    const ids = await submit(rig, 3 * MOST, 4_000);
    await becomes(MOST);
    await isSaid('AbleToScale', 'True', 'ReadyForNewScale');
    await doneBy(rig, ids);
    await becomes(1);
    cancel();
    release();
    expect(seen.filter((count) => count !== 1).slice(0, 1)).toEqual([MOST]);
  });

  it('keeps its pods while the server is away, and goes on when it is back', async () => {
    const ids = await submit(rig, 2 * MOST, 8_000);
    await becomes(MOST);
    await vi.waitFor(async () => {
      const reply = await rig.api.queues({ limit: 10 });
      const running = reply.ok
        ? reply.value.items.flatMap(({ revisions }) => revisions.map((one) => one.running))
        : [];
      expect(running).toEqual([MOST]);
    }, PATIENCE);
    await rig.killServer();
    await isSaid('ScalingActive', 'False', 'FailedGetExternalMetric');
    expect(await replicas()).toEqual([MOST]);
    await rig.startServer();
    await doneBy(rig, ids);
    await becomes(1);
  });

  it('has an autoscaler for each version, which goes with it', async () => {
    await rig.deploy(agents('2'), 'v2');
    await vi.waitFor(async () => expect(await autoscalers()).toHaveLength(2), PATIENCE);
    await rig.stable('v2');
    await vi.waitFor(async () => expect(await deployments()).toHaveLength(1), PATIENCE);
    const [deployment] = await deployments();
    const left = (await autoscalers()).map(({ metadata }) => metadata.name);
    expect(left).toEqual([deployment?.metadata.name]);
    const ids = await submit(rig, 2 * MOST, 3_000);
    await becomes(MOST);
    await doneBy(rig, ids);
  });
});
