import { expect, it } from 'vitest';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import type { ClusterClient, Mirror } from '../../kubernetes/cluster-client.ts';
import { hearOfPods } from './pod-news.ts';

type Listener = Parameters<Mirror['onChange']>[0];

/** A client whose copies tell of nothing but what the test tells. */
function toldBy(listeners: Listener[]): ClusterClient {
  const mirror = {
    onChange: (listener: Listener) => {
      listeners.push(listener);
      return () => undefined;
    },
  };
  return { mirror: () => ({ mirror, release: () => undefined }) } as unknown as ClusterClient;
}

const pod = (ready: string, more: Partial<KubernetesObject['metadata']> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1', annotations: { [TRACK]: 'shop/local/web' }, ...more },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] },
});

it('tells of a pod that comes, serves, stops to serve, leaves or is gone, and of nothing else', () => {
  const listeners: Listener[] = [];
  const told: string[] = [];
  const client = toldBy(listeners);
  hearOfPods(client, 'shop', (track) => told.push(track));
  hearOfPods(client, 'shop', () => expect.fail('it was listened to twice'));
  const [tell = () => undefined] = listeners;
  tell(pod('False'), undefined);
  tell(pod('True'), pod('False'));
  expect(told).toEqual(['shop/local/web', 'shop/local/web']);
  tell(pod('True', { resourceVersion: '7' }), pod('True'));
  expect(told).toHaveLength(2);
  tell(pod('True', { deletionTimestamp: '2026-01-01T00:00:00Z' }), pod('True'));
  tell(undefined, pod('True', { deletionTimestamp: '2026-01-01T00:00:00Z' }));
  expect(told).toHaveLength(4);
});

it('tells of a Service, a budget or an autoscaler that is gone, and not of one that is there', () => {
  const listeners: Listener[] = [];
  const told: string[] = [];
  hearOfPods(toldBy(listeners), 'shop', (track) => told.push(track));
  const [, ...ofCompanions] = listeners;
  const service = { ...pod('True'), kind: 'Service' };
  for (const tell of ofCompanions) {
    tell(service, undefined);
    tell(service, service);
  }
  expect(told).toEqual([]);
  for (const tell of ofCompanions) tell(undefined, service);
  expect(told).toEqual(Array.from({ length: 3 }, () => 'shop/local/web'));
});
