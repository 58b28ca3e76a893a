import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterClient } from '../cluster-client.ts';
import { clusterRefusalOf } from '../failures/cluster-refusal.ts';
import { ScriptedServer, answer, refuse } from '../testing/scripted-server.ts';
import { openTestCluster } from '../testing/test-cluster.ts';
import { configMap } from '../testing/watched-config-maps.ts';

const ONE = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'one' };
const PATH = '/api/v1/namespaces/shop/configmaps/one';
const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } };
const WEB_PATH = '/apis/apps/v1/namespaces/shop/deployments/web';
const POD = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-1' };

let server: ScriptedServer;
let client: ClusterClient;
beforeEach(async () => {
  server = await ScriptedServer.start();
  client = await openTestCluster(server.origin);
});
afterEach(async () => {
  await client.close();
  await server.stop();
});

describe('reading', () => {
  it('gives the object, or undefined where there is none', async () => {
    expect(await client.read(ONE)).toBeUndefined();
    server.on(`GET ${PATH}`, answer(200, configMap('one', 3)));
    expect(await client.read(ONE)).toEqual(configMap('one', 3));
  });

  it('carries the credentials', async () => {
    await client.read(ONE);
    expect(server.seenOf(`GET ${PATH}`)[0]?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'user-agent': 'sluice',
    });
  });

  it('refuses an object without its namespace before anything is asked', async () => {
    const { namespace: _, ...nowhere } = ONE;
    await expect(client.read(nowhere)).rejects.toMatchObject({
      code: 'invalid-input',
      message: 'ConfigMap one lies in a namespace, and none is named: name it',
    });
  });
});

describe('applying', () => {
  it('is a server-side apply as sluice with strict validation, by force only when asked', async () => {
    server.on(`PATCH ${WEB_PATH}`, answer(200, WEB));
    await client.apply(WEB);
    await client.apply(WEB, { force: true, dryRun: true, manager: 'sluice-adopt' });
    const [plain, forced] = server.seenOf(`PATCH ${WEB_PATH}`);
    expect(plain?.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(plain?.query).toEqual({ fieldManager: 'sluice', fieldValidation: 'Strict', force: 'false' });
    expect(forced?.query).toEqual({
      fieldManager: 'sluice-adopt',
      fieldValidation: 'Strict',
      force: 'true',
      dryRun: 'All',
    });
  });

  it('leaves out who owns which field, which a server refuses to be told', async () => {
    server.on(`PATCH ${WEB_PATH}`, answer(200, WEB));
    const metadata = { ...WEB.metadata, managedFields: [{ manager: 'kubectl' }] };
    await client.apply({ ...WEB, metadata });
    expect(JSON.parse(server.seenOf(`PATCH ${WEB_PATH}`)[0]?.body ?? '')).toEqual(WEB);
  });
});

describe('patching', () => {
  it('is a merge patch of the object or a part of it', async () => {
    server.on(`PATCH ${WEB_PATH}/scale`, answer(200, { kind: 'Scale' }));
    const { name, namespace } = WEB.metadata;
    const reference = { apiVersion: WEB.apiVersion, kind: WEB.kind, name, namespace };
    await client.patch(reference, { spec: { replicas: 3 } }, { subresource: 'scale' });
    const [patch] = server.seenOf(`PATCH ${WEB_PATH}/scale`);
    expect(patch?.headers['content-type']).toBe('application/merge-patch+json');
    expect(patch?.body).toBe('{"spec":{"replicas":3}}');
  });

  it('asks for an eviction where one is meant', async () => {
    server.on('POST /api/v1/namespaces/shop/pods/web-1/eviction', answer(201, { kind: 'Status' }));
    await client.patch(POD, { deleteOptions: { gracePeriodSeconds: 5 } }, { subresource: 'eviction' });
    const [eviction] = server.seenOf('POST /api/v1/namespaces/shop/pods/web-1/eviction');
    expect(JSON.parse(eviction?.body ?? '')).toEqual({
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'web-1', namespace: 'shop' },
      deleteOptions: { gracePeriodSeconds: 5 },
    });
  });

  it('tells at once that a budget forbids an eviction, without asking again', async () => {
    const path = 'POST /api/v1/namespaces/shop/pods/web-1/eviction';
    const causes = [
      { reason: 'DisruptionBudget', message: 'The disruption budget web needs 2 healthy pods' },
    ];
    server.on(path, refuse(429, 'Cannot evict pod.', { details: { causes }, retryAfter: 1 }));
    const failure = await client
      .patch(POD, {}, { subresource: 'eviction' })
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'exhausted', next: 'retry-after', retryAfterMs: 1000 });
    expect(clusterRefusalOf(failure)?.reason).toBe('disruption-budget');
    expect(server.seenOf(path)).toHaveLength(1);
  });
});

describe('removing', () => {
  it('says whether it was there', async () => {
    expect(await client.remove(ONE)).toBe(false);
    server.on(`DELETE ${PATH}`, answer(200, { kind: 'Status', status: 'Success' }));
    expect(await client.remove(ONE, { propagation: 'Foreground', uid: 'abc' })).toBe(true);
    const [, removal] = server.seenOf(`DELETE ${PATH}`);
    expect(JSON.parse(removal?.body ?? '')).toMatchObject({
      propagationPolicy: 'Foreground',
      preconditions: { uid: 'abc' },
    });
  });

  it('leaves another one under the same name alone', async () => {
    const message =
      'Operation cannot be fulfilled on ConfigMap "one": the UID in the precondition (a) does not match the UID in record (b).';
    server.on(`DELETE ${PATH}`, refuse(409, message, { reason: 'Conflict', details: { name: 'one' } }));
    expect(await client.remove(ONE, { uid: 'a' })).toBe(false);
  });
});

describe('listing', () => {
  const shop = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', labels: 'app=web' };
  const path = 'GET /api/v1/namespaces/shop/configmaps';
  const page = (names: readonly string[], next?: string) =>
    answer(200, {
      kind: 'ConfigMapList',
      metadata: { resourceVersion: '9', ...(next === undefined ? {} : { continue: next }) },
      items: names.map((name) => ({ metadata: { name, namespace: 'shop' } })),
    });

  it('reads in pages and says of each object what it is', async () => {
    server.on(path, page(['one'], 'more'), page(['two']));
    const objects = await client.list(shop);
    expect(objects).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'shop' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two', namespace: 'shop' } },
    ]);
    expect(server.seenOf(path).map(({ query }) => query)).toEqual([
      { labelSelector: 'app=web', limit: '500' },
      { labelSelector: 'app=web', limit: '500', continue: 'more' },
    ]);
  });

  it('reads all in one answer when the pages have become too old meanwhile', async () => {
    server.on(
      path,
      page(['one'], 'more'),
      refuse(410, 'too old', { reason: 'Expired' }),
      page(['one', 'two']),
    );
    expect(await client.list(shop)).toHaveLength(2);
    expect(server.seenOf(path).at(-1)?.query).toEqual({ labelSelector: 'app=web' });
  });
});

describe('kinds', () => {
  it('are asked for once for each group and version', async () => {
    await Promise.all([client.read(ONE), client.read(ONE), client.serves('v1', 'Pod')]);
    expect(server.seenOf('GET /api/v1')).toHaveLength(1);
    expect(await client.serves('v1', 'Nothing')).toBe(false);
  });

  it('that are not there are refused with what to do, and looked for again', async () => {
    let now = 0;
    const patient = await openTestCluster(server.origin, { now: () => now });
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      namespace: 'shop',
      name: 'web',
    };
    await expect(patient.read(route)).rejects.toMatchObject({
      code: 'unsupported',
      message:
        'read HTTPRoute shop/web in cluster test: its API server serves no HTTPRoute of gateway.networking.k8s.io/v1: bring in the definitions of that API, or use another version of it',
    });
    const resources = [{ kind: 'HTTPRoute', name: 'httproutes', namespaced: true }];
    server.on('GET /apis/gateway.networking.k8s.io/v1', answer(200, { kind: 'APIResourceList', resources }));
    expect(await patient.serves(route.apiVersion, route.kind)).toBe(false);
    now = 5_000;
    expect(await patient.serves(route.apiVersion, route.kind)).toBe(true);
    expect(await patient.read(route)).toBeUndefined();
    await patient.close();
  });

  it('of a group that is broken harm no other', async () => {
    server.on(
      'GET /apis/metrics.k8s.io/v1beta1',
      refuse(503, 'the server is currently unable to handle the request'),
    );
    await expect(client.serves('metrics.k8s.io/v1beta1', 'PodMetrics')).rejects.toMatchObject({
      code: 'unreachable',
    });
    expect(await client.serves('apps/v1', 'Deployment')).toBe(true);
  });

  it('that went away are refused as such, and not as an object that is not there', async () => {
    server.on(
      `GET ${PATH}`,
      refuse(404, 'the server could not find the requested resource', { details: {} }),
    );
    await expect(client.read(ONE)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('pods', () => {
  it('show the last lines of a container', async () => {
    server.on('GET /api/v1/namespaces/shop/pods/web-1/log', answer(200, 'two\nthree\n'));
    expect(await client.logs('shop', 'web-1', 2, 'web')).toBe('two\nthree\n');
    const [seen] = server.seenOf('GET /api/v1/namespaces/shop/pods/web-1/log');
    expect(seen?.query).toMatchObject({ tailLines: '2', container: 'web' });
  });

  const health = { namespace: 'shop', pod: 'web-1', port: 8080, path: '/health?deep=1', timeoutMs: 500 };
  const healthPath = 'GET /api/v1/namespaces/shop/pods/web-1:8080/proxy/health';

  it('answer through the API server with any status', async () => {
    server.on(healthPath, answer(503, 'warming up', { 'retry-after': '1' }));
    expect(await client.proxyGet(health)).toEqual({ status: 503, body: 'warming up' });
    expect(server.seenOf(healthPath)).toHaveLength(1);
    expect(server.seenOf(healthPath)[0]?.query).toEqual({ deep: '1' });
  });

  it('that hang do not keep other requests waiting', async () => {
    let hanging = 0;
    const all = new Promise<void>((resolve) => {
      server.on(healthPath, () => {
        hanging += 1;
        if (hanging === 32) resolve();
      });
    });
    const slow = { ...health, timeoutMs: 60_000 };
    const asked = Promise.allSettled(Array.from({ length: 40 }, () => client.proxyGet(slow)));
    await all;
    expect(await client.read(ONE)).toBeUndefined();
    await client.close();
    expect((await asked).every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('that the API server does not reach are told as unreachable', async () => {
    const message = 'error trying to reach service: dial tcp 10.0.0.1:8080: connect: connection refused';
    server.on(healthPath, refuse(503, message, { reason: 'ServiceUnavailable' }));
    await expect(client.proxyGet(health)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(
        'the API server does not reach the pod: error trying to reach service',
      ),
    });
  });
});
