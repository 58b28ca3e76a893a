import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClusterClient, Mirror } from './cluster-client.ts';
import { clusterRefusalOf } from './failures/cluster-refusal.ts';
import { describeClusterClient, describeClusterReviews } from './testing/describe-cluster-client.ts';
import { type FakeSubject, fakeSubject } from './testing/fake-subject.ts';
import { realCluster, testKubeconfigVariable } from './testing/real-cluster.ts';

const PATIENCE = { timeout: 20_000, interval: 5 };

describeClusterClient('a fake cluster', fakeSubject);

const kubeconfig = process.env[testKubeconfigVariable] ?? '';
if (kubeconfig === '') {
  reportSkip(`the client of a real Kubernetes cluster: ${testKubeconfigVariable} names no kubeconfig`);
}

// Where no real cluster is named the reason is printed above.
describe.skipIf(kubeconfig === '')('with a real API server', () => {
  describeClusterClient('a real cluster', () => realCluster(kubeconfig));
  describeClusterReviews('a real cluster', () => realCluster(kubeconfig));
});

describe('a cluster that fails', () => {
  let subject: FakeSubject;
  let client: ClusterClient;
  /** Sees what the other cannot while it is cut off. */
  let elsewhere: ClusterClient;
  beforeEach(async () => {
    subject = await fakeSubject();
    client = await subject.open();
    elsewhere = await subject.open();
  });
  afterEach(async () => {
    await Promise.all([client.close(), elsewhere.close()]);
    await subject.close();
  });

  const map = (name: string, at: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data: { at },
  });
  const atOf = (mirror: Mirror, name: string): unknown => mirror.get('default', name)?.['data'];

  async function mirrored(): Promise<Mirror> {
    await client.apply(map('one', '1'));
    const { mirror } = client.mirror({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' });
    await mirror.synced;
    return mirror;
  }

  it('and forgets its history is copied anew, with what was deleted meanwhile', async () => {
    const mirror = await mirrored();
    const gone: unknown[] = [];
    mirror.onChange((now, before) => now === undefined && gone.push(before?.metadata.name));
    await subject.cluster.stop();
    await vi.waitFor(() => expect(mirror.stale).not.toBeNull(), PATIENCE);
    subject.cluster.state.store.remove('/configmaps', 'default', 'one');
    subject.cluster.forgetHistory();
    await subject.cluster.start();
    await vi.waitFor(() => expect(gone).toEqual(['one']), PATIENCE);
    expect(mirror.stale).toBeNull();
  });

  it('and comes back is followed from where it was', async () => {
    const mirror = await mirrored();
    await subject.cluster.stop();
    await vi.waitFor(() => expect(mirror.stale).not.toBeNull(), PATIENCE);
    await expect(
      client.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'one' }),
    ).rejects.toMatchObject({
      code: 'unreachable',
    });
    await subject.cluster.start();
    await elsewhere.apply(map('two', '1'));
    await vi.waitFor(() => expect(atOf(mirror, 'two')).toEqual({ at: '1' }), PATIENCE);
  });

  it('by cutting every watch after a few events loses none', async () => {
    subject.cluster.faults.add({ match: { verb: 'watch' }, action: { kind: 'cut-watch', afterEvents: 5 } });
    const mirror = await mirrored();
    for (let at = 2; at <= 20; at += 1) await elsewhere.apply(map('one', String(at)));
    await vi.waitFor(() => expect(atOf(mirror, 'one')).toEqual({ at: '20' }), PATIENCE);
  });

  it.each([
    [
      'a webhook',
      { kind: 'webhook-refusal', webhook: 'policy.test', message: 'not today' },
      'webhook-denied',
      /not today/,
    ],
    [
      'a quota',
      { kind: 'quota', quota: 'small', resource: 'configmaps', limit: '1' },
      'quota-exceeded',
      /exceeded quota: small/,
    ],
  ] as const)('to take an object because of %s says so', async (_, action, reason, words) => {
    subject.cluster.faults.add({ action, match: { resource: 'configmaps' }, times: 1 });
    const failure = await client.apply(map('one', '1')).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ message: expect.stringMatching(words) });
    expect(clusterRefusalOf(failure)?.reason).toBe(reason);
  });
});
