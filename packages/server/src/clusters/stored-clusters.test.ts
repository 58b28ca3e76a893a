import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { trackId } from '@sluice/core/kernel/ids.ts';
import type { ClusterRequest } from '@sluice/protocol/http/clusters.ts';
import { pino } from 'pino';
import { fakeCluster, type FakeCluster } from '@sluice/fake-kubernetes/cluster/fake-cluster.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterClient } from '../kubernetes/cluster-client.ts';
import { openCluster } from '../kubernetes/open-cluster.ts';
import { storedLedger } from '../ledger/stored-ledger.ts';
import { claimWords } from '../rollouts/route-claims.ts';
import { commitTrack } from '../store/tracks/commit-track.ts';
import { putRevisions } from '../store/revisions/revisions.ts';
import { firstCommit, NOON, revisionOf, TENANT, WEB, webRevision } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { testSettings } from '../targets/testing/cluster-revision.ts';
import type { ClusterRegistry } from './cluster-registry.ts';
import { credentialsOf } from './known-clusters.ts';
import { openClusters } from './open-clusters.ts';
import { registeredCredentials, storedClusters } from './stored-clusters.ts';

const database = withDatabase();
const EU: ClusterRequest = {
  credentials: { kind: 'kubeconfig', path: '/etc/sluice/eu.yaml', context: 'eu' },
  region: 'eu-central-1',
  provider: 'gke',
  by: 'ada',
};
let registry: ClusterRegistry;
let now = NOON;
beforeEach(() => {
  now = NOON;
  registry = registryOver(() => Promise.reject(new SluiceError('not-found', 'nobody', { next: 'stop' })));
});

const registryOver = (
  open: (name: string) => Promise<ClusterClient>,
  check: () => Promise<unknown> = async () => undefined,
): ClusterRegistry => storedClusters(database.db, TENANT, { open, check, claimWords, now: () => now });

const names = async (): Promise<readonly string[]> =>
  (await registry.page({ cursor: null, limit: 50 })).items.map(({ name }) => name);

/** A track with a revision for a cluster. */
async function uses(cluster: string, state: object, track = WEB): Promise<void> {
  await commitTrack(database.db, TENANT, firstCommit({ trackId: track, state }));
  const workload = { on: 'cluster', cluster, settings: testSettings('shop', { monitor: MONITOR }) };
  await putRevisions(database.db, TENANT, [
    revisionOf(1, { trackId: track, spec: { component: { workload } } }),
  ]);
}

const MONITOR = { path: '/metrics', port: 9090, intervalMs: 15_000, labels: {} };
const KNOWN = { revisions: { [webRevision(1)]: { version: 'v1' } } };

describe('registering', () => {
  it('twice is registering once; what it says then is what holds, and the ledger has both', async () => {
    expect(await registry.put('eu', EU)).toMatchObject({ ok: true, value: { name: 'eu', createdAt: NOON } });
    now += 60_000;
    const moved = await registry.put('eu', { ...EU, region: 'eu-west-1' });
    expect(moved).toMatchObject({ ok: true, value: { region: 'eu-west-1', createdAt: NOON } });
    expect(await names()).toEqual(['eu']);
    const { items } = await storedLedger(database.db, TENANT).page({ cursor: null, limit: 9 });
    expect(items.map(({ actor, action, subject }) => `${actor} ${action} ${subject}`)).toEqual([
      'ada clusterRegistered eu',
      'ada clusterRegistered eu',
    ]);
    expect(await storedLedger(database.db, TENANT).verify()).toMatchObject({ intact: true });
  });

  it('gives pages in the order of names', async () => {
    for (const name of ['us', 'eu', 'ap']) await registry.put(name, EU);
    const first = await registry.page({ cursor: null, limit: 2 });
    const second = await registry.page({ cursor: first.next, limit: 2 });
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['ap', 'eu', 'us']);
    expect(second.next).toBeNull();
  });

  it('refuses the name that means the cluster in which Sluice runs', async () => {
    expect(await registry.put('in-cluster', EU)).toMatchObject({ refusal: { code: 'reserved-name' } });
    expect(await registry.put('default', EU)).toMatchObject({ ok: true });
  });

  it('refuses credentials that cannot be read, and nothing is registered', async () => {
    const fault = new SluiceError('invalid-input', 'there is no file /etc/sluice/eu.yaml', { next: 'stop' });
    registry = registryOver(
      () => Promise.reject(fault),
      () => Promise.reject(fault),
    );
    expect(await registry.put('eu', EU)).toMatchObject({
      refusal: { status: 422, detail: expect.stringContaining('there is no file /etc/sluice/eu.yaml') },
    });
    expect(await names()).toEqual([]);
  });

  it('is what a file finds under the name; `default` needs no registration', async () => {
    await registry.put('eu', EU);
    const known = (name: string) => registeredCredentials(database.db, TENANT, name);
    expect(await credentialsOf('eu', known, {})).toEqual(EU.credentials);
    expect(await credentialsOf('default', known, {})).toEqual({ kind: 'kubeconfig' });
    await expect(credentialsOf('us', known, {})).rejects.toMatchObject({ code: 'not-found' });
    await registry.put('default', EU);
    expect(await credentialsOf('default', known, { KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toEqual(
      EU.credentials,
    );
  });
});

describe('removing', () => {
  it('is refused while a track runs on it, and names the track and what it does with it', async () => {
    await registry.put('eu', EU);
    await uses('eu', { ...KNOWN, stable: webRevision(1) });
    expect(await registry.remove('eu', 'ada')).toMatchObject({
      refusal: {
        status: 409,
        code: 'cluster-in-use',
        detail: 'The cluster eu is used by shop/production/web (v1, which is stable).',
      },
    });
    expect(await names()).toEqual(['eu']);
  });

  it('is refused while a release for it is under way', async () => {
    await registry.put('eu', EU);
    await uses('eu', { ...KNOWN, active: { candidate: webRevision(1) } });
    expect(await registry.remove('eu', 'ada')).toMatchObject({
      refusal: { detail: expect.stringContaining('which is being released') },
    });
  });

  it('is done when only old revisions were for it, or other clusters are used', async () => {
    await registry.put('eu', EU);
    await uses('eu', { ...KNOWN, stable: webRevision(2) });
    await uses('us', { ...KNOWN, stable: webRevision(1) }, trackId('shop', 'production', 'api'));
    expect(await registry.remove('eu', 'ada')).toMatchObject({ ok: true, value: { name: 'eu' } });
    expect(await registry.remove('eu', 'ada')).toMatchObject({ refusal: { status: 404 } });
  });
});

describe('the health', () => {
  let cluster: FakeCluster;
  let url: string;
  const clients: ClusterClient[] = [];
  beforeEach(async () => {
    cluster = fakeCluster({ definitions: ['gateway-api'] });
    ({ url } = await cluster.listen());
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await cluster.close();
  });

  async function clientAs(user: string): Promise<ClusterClient> {
    const credentials = { kind: 'token', server: url, token: cluster.tokens[user] ?? '' } as const;
    const client = await openCluster({ name: 'eu', credentials, log: pino({ level: 'silent' }) });
    clients.push(client);
    return client;
  }
  /** As the fake cluster knows them; it does not say so by itself. */
  const USERS: Record<string, string> = { admin: 'admin', limited: 'dev' };
  const healthAs = async (user: string, namespace: string | null = null) => {
    const client = {
      ...(await clientAs(user)),
      identity: async () => ({ user: USERS[user] ?? '', groups: [] }),
    };
    const found = await registryOver(async () => client).health('eu', namespace);
    return found.ok ? found.value : undefined;
  };

  it('of a cluster where all is permitted has nothing missing, and says what it serves', async () => {
    const health = await healthAs('admin');
    expect(health).toMatchObject({ reachable: true, user: 'admin', missing: [], roles: [] });
    expect(health?.version).toMatch(/^v1\./);
    const served = health?.apis.filter((api) => api.served).map(({ kind }) => kind);
    expect(served).toEqual(['HTTPRoute', 'GRPCRoute']);
  });

  it('names what is missing, and roles that grant all of it', async () => {
    const health = await healthAs('limited', 'shop');
    expect(health?.missing).toContainEqual({
      verb: 'patch',
      group: 'apps',
      resource: 'deployments',
      namespace: 'shop',
      why: 'each revision is a Deployment',
    });
    // What the cluster does not serve cannot be granted, and is not asked for.
    expect(health?.missing.some(({ resource }) => resource === 'virtualservices')).toBe(false);
    expect(health?.missing.some(({ resource }) => resource === 'httproutes')).toBe(true);
    expect(health?.roles.map(({ kind }) => kind)).toEqual(['Role', 'RoleBinding']);
  });

  it('of a server that does not say who one is names the roles alone', async () => {
    const client = await clientAs('limited');
    const found = await registryOver(async () => client).health('eu', 'shop');
    expect(found).toMatchObject({ ok: true, value: { user: null, roles: [{ kind: 'Role' }] } });
  });

  it('is complete once the roles that it names are applied', async () => {
    const admin = await clientAs('admin');
    await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    for (const role of (await healthAs('limited', 'shop'))?.roles ?? [])
      await admin.apply(role as unknown as Parameters<typeof admin.apply>[0]);
    expect(await healthAs('limited', 'shop')).toMatchObject({ missing: [], roles: [] });
  });

  it('looks where tracks use the cluster, and says who needs an API that it lacks', async () => {
    await uses('eu', { ...KNOWN, stable: webRevision(1) });
    const health = await healthAs('limited');
    expect(health?.namespaces).toEqual(['shop']);
    const monitors = health?.apis.find(({ kind }) => kind === 'ServiceMonitor');
    expect(monitors).toMatchObject({ served: false, neededBy: [WEB] });
  });

  it('of one that is away is a value with the reason', async () => {
    await cluster.stop();
    const health = await healthAs('admin');
    expect(health).toMatchObject({ reachable: false, version: null, missing: [] });
    expect(health?.detail).toContain('eu');
  });

  it('of one that nobody knows is refused with how to register it', async () => {
    const clusters = openClusters({
      credentialsOf: (name) => credentialsOf(name, async () => null, {}),
      open: () => clientAs('admin'),
      now: () => now,
    });
    const found = await registryOver((name) => clusters.named(name)).health('mars', null);
    expect(found).toMatchObject({
      refusal: { status: 404, remedy: expect.stringContaining('cluster add mars') },
    });
    await clusters.close();
  });
});
