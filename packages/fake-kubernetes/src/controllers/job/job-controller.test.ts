import { afterEach, beforeEach, expect, it } from 'vitest';
import { PODS } from '../objects/resource.ts';
import { TestCluster, templateOf } from '../testing/test-cluster.ts';
import { JOBS, type Job, isFinished } from './job.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.start();
});

afterEach(() => cluster.close());

const body = (spec: object, annotations: Record<string, string> = {}): object => {
  const template = templateOf('task', { annotations, spec: { restartPolicy: 'Never' } });
  return { spec: { template, ...spec } };
};

const conditionsOf = ({ status }: Job): readonly string[] =>
  (status?.conditions ?? []).map(({ type }) => type);

it('runs pods until enough have succeeded', async () => {
  await cluster.create(JOBS, 'task', body({ completions: 3, parallelism: 2 }));
  const job = await cluster.untilOne(JOBS, 'task', isFinished);
  expect(job.status).toMatchObject({ succeeded: 3 });
  expect(conditionsOf(job)).toContain('Complete');
  expect(await cluster.pods(() => true)).toHaveLength(3);
});

it('gives up after as many failures as permitted', async () => {
  await cluster.create(JOBS, 'task', body({ backoffLimit: 1 }, { 'play.sluice.dev/exit-code': '3' }));
  const job = await cluster.untilOne(JOBS, 'task', isFinished);
  expect(conditionsOf(job)).toContain('Failed');
  expect(job.status).toMatchObject({ failed: 2 });
});

it('removes itself with its pods after its time', async () => {
  await cluster.create(JOBS, 'task', body({ ttlSecondsAfterFinished: 1 }));
  await cluster.untilOne(JOBS, 'task', isFinished);
  await cluster.until(JOBS, (jobs) => jobs.length === 0);
  await cluster.until(PODS, (pods) => pods.length === 0);
});
