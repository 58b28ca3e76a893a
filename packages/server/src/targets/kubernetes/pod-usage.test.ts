import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { expect, it } from 'vitest';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { podUsage } from './pod-usage.ts';

const pod = (name: string, ...containers: readonly object[]) => ({
  apiVersion: 'metrics.k8s.io/v1beta1',
  kind: 'PodMetrics',
  metadata: { name, namespace: 'shop' },
  containers: containers.map((usage) => ({ name: 'main', usage })),
});

/** A cluster as far as it is asked here; it counts what is listed. */
function clusterWith(list: () => Promise<readonly object[]>, isServed = true) {
  let listed = 0;
  const client = {
    serves: async () => isServed,
    list: async () => {
      listed += 1;
      return list();
    },
  } as unknown as ClusterClient;
  return { client, listed: () => listed };
}

it('what a pod uses is the sum of its containers, in the units of the metrics server', async () => {
  const { client } = clusterWith(async () => [
    pod('web-a', { cpu: '12345678n', memory: '98304Ki' }, { cpu: '250m', memory: '32Mi' }),
    pod('web-b', { cpu: '1', memory: '1Gi' }),
    pod('web-c', {}),
  ]);
  expect([...(await podUsage(client, 'shop'))]).toEqual([
    ['web-a', { cpuMillis: 262, memoryBytes: 128 * 2 ** 20 }],
    ['web-b', { cpuMillis: 1000, memoryBytes: 2 ** 30 }],
    ['web-c', { cpuMillis: 0, memoryBytes: 0 }],
  ]);
});

it('several who look at once ask the cluster once, by namespace', async () => {
  const { client, listed } = clusterWith(async () => []);
  await Promise.all([podUsage(client, 'shop'), podUsage(client, 'shop'), podUsage(client, 'bank')]);
  expect(listed()).toBe(2);
});

it('a cluster that does not measure, or does not tell, has no figures, and pods are shown all the same', async () => {
  const none = clusterWith(async () => [pod('web-a', { cpu: '1', memory: '1' })], false);
  expect((await podUsage(none.client, 'shop')).size).toBe(0);
  expect(none.listed()).toBe(0);
  const refusing = clusterWith(() =>
    Promise.reject(new SluiceError('unsupported', 'pods.metrics.k8s.io is forbidden', { next: 'stop' })),
  );
  expect((await podUsage(refusing.client, 'shop')).size).toBe(0);
});
