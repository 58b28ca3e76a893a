import { afterEach, describe, expect, it } from 'vitest';
import type { ApiAnswer, ApiWatchEvent } from '../api/api-caller.ts';
import { steppedClock } from '../conformance/stepped-clock.ts';
import { type FakeCluster, fakeCluster } from './fake-cluster.ts';

const maps = '/api/v1/namespaces/default/configmaps';

let cluster: FakeCluster | undefined;

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

function start(options: Parameters<typeof fakeCluster>[0] = {}): FakeCluster {
  cluster = fakeCluster(options);
  return cluster;
}

function create(on: FakeCluster, name: string, labels: Record<string, string> = {}): Promise<ApiAnswer> {
  return on.caller.send({
    method: 'POST',
    path: maps,
    body: { metadata: { name, labels }, data: { a: '1' } },
  });
}

/** Collects events and tells when so many have come. */
function collector(): {
  readonly events: ApiWatchEvent[];
  note: (event: ApiWatchEvent) => void;
  until: (count: number) => Promise<void>;
} {
  const events: ApiWatchEvent[] = [];
  let check: () => void = () => undefined;
  return {
    events,
    note: (event) => {
      events.push(event);
      check();
    },
    until: (count) =>
      new Promise((resolve) => {
        check = () => void (events.length >= count && resolve());
        check();
      }),
  };
}

describe('a fake cluster', () => {
  it('has the namespaces that every cluster has', async () => {
    const { body } = await start().caller.send({ method: 'GET', path: '/api/v1/namespaces' });
    expect(
      (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name),
    ).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
  });

  it('serves the definitions it was started with', async () => {
    const path = '/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes';
    const without = await start().caller.send({ method: 'GET', path });
    expect(without.status).toBe(404);
    const with_ = await start({ definitions: ['gateway-api'] }).caller.send({ method: 'GET', path });
    expect(with_.status).toBe(200);
  });

  it('tells a watch of a write only after the writer has its answer', async () => {
    const on = start();
    const told: string[] = [];
    await on.caller.watch({ method: 'GET', path: maps }, ({ type }) => told.push(type));
    await create(on, 'one');
    expect(told).toEqual([]);
    const seen = collector();
    await on.caller.watch({ method: 'GET', path: maps }, seen.note);
    await seen.until(1);
    expect(told).toEqual(['ADDED']);
  });

  it('ends a watch after the time it was given, by the clock it was given', async () => {
    const clock = steppedClock(0);
    const on = start({ now: clock.now, after: clock.after });
    const watch = await on.caller.watch(
      { method: 'GET', path: maps, query: { timeoutSeconds: '30' } },
      () => undefined,
    );
    clock.advance(29_999);
    const first = await Promise.race([
      watch.ended,
      new Promise((resolve) => setImmediate(() => resolve('open'))),
    ]);
    expect(first).toBe('open');
    clock.advance(1);
    expect(await watch.ended).toBe('server');
  });

  it('sends a watch that asks for a forgotten version away with 410, and lets a new list go on', async () => {
    const on = start();
    await create(on, 'one');
    const before = await on.caller.send({ method: 'GET', path: maps });
    const { resourceVersion } = (before.body as { metadata: { resourceVersion: string } }).metadata;
    await create(on, 'two');
    on.forgetHistory();
    const seen = collector();
    const watch = await on.caller.watch({ method: 'GET', path: maps, query: { resourceVersion } }, seen.note);
    expect(await watch.ended).toBe('server');
    expect(seen.events).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
    const after = await on.caller.send({ method: 'GET', path: maps });
    const again = collector();
    const version = (after.body as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
    await on.caller.watch({ method: 'GET', path: maps, query: { resourceVersion: version } }, again.note);
    await create(on, 'three');
    await again.until(1);
    expect(again.events).toMatchObject([{ type: 'ADDED', object: { metadata: { name: 'three' } } }]);
  });

  it('forgets by itself what lies further back than it was told to remember', async () => {
    const on = start({ historyLimit: 5 });
    for (let i = 0; i < 20; i += 1) await create(on, `m${i}`);
    const seen = collector();
    await on.caller.watch({ method: 'GET', path: maps, query: { resourceVersion: '201' } }, seen.note);
    await seen.until(1);
    expect(seen.events[0]).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });

  it('cuts watches and refuses requests while it is stopped, and goes on with everything it had', async () => {
    const on = start();
    await create(on, 'kept');
    const watch = await on.caller.watch({ method: 'GET', path: maps }, () => undefined);
    await on.stop();
    expect(await watch.ended).toBe('server');
    await expect(create(on, 'lost')).rejects.toMatchObject({ code: 'unreachable' });
    await on.start();
    const { body } = await on.caller.send({ method: 'GET', path: maps });
    expect((body as { items: unknown[] }).items).toHaveLength(1);
  });

  it('tells the answers of a quota in words that name what is used up', async () => {
    const on = start();
    const path = '/api/v1/namespaces/default/resourcequotas';
    await on.caller.send({
      method: 'POST',
      path,
      body: { metadata: { name: 'few' }, spec: { hard: { 'count/configmaps': '1' } } },
    });
    expect((await create(on, 'one')).status).toBe(201);
    const refused = await create(on, 'two');
    expect(refused.body).toMatchObject({
      code: 403,
      message:
        'configmaps "two" is forbidden: exceeded quota: few, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1',
    });
  });

  it('gives the last lines that a container of a scheduled pod has written', async () => {
    const on = start();
    const pods = '/api/v1/namespaces/default/pods';
    await on.caller.send({
      method: 'POST',
      path: '/api/v1/namespaces/default/serviceaccounts',
      body: { metadata: { name: 'default' } },
    });
    const containers = ['web', 'side'].map((name) => ({ name, image: 'i:1' }));
    await on.caller.send({
      method: 'POST',
      path: pods,
      body: { metadata: { name: 'p' }, spec: { nodeName: 'n', containers } },
    });
    on.writeLog({ namespace: 'default', pod: 'p', container: 'web' }, 'one\ntwo\n');
    on.writeLog({ namespace: 'default', pod: 'p', container: 'web' }, 'three\n');
    const log = (query: Record<string, string>): Promise<ApiAnswer> =>
      on.caller.send({ method: 'GET', path: `${pods}/p/log`, query });
    expect((await log({ container: 'web', tailLines: '2' })).body).toBe('two\nthree\n');
    expect((await log({ container: 'side' })).body).toBe('');
    expect((await log({})).body).toMatchObject({
      code: 400,
      message: 'a container name must be specified for pod p, choose one of: [web side]',
    });
    expect((await log({ container: 'none' })).status).toBe(400);
  });

  it('lets service accounts do what roles allow them, by token as by name', async () => {
    const on = start();
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }];
    await on.caller.send({
      method: 'POST',
      path: `${rbac}/clusterroles`,
      body: { metadata: { name: 'reader' }, rules },
    });
    const subjects = [{ kind: 'ServiceAccount', name: 'robot', namespace: 'default' }];
    const roleRef = { kind: 'ClusterRole', name: 'reader' };
    const body = { metadata: { name: 'reader' }, roleRef, subjects };
    await on.caller.send({ method: 'POST', path: `${rbac}/namespaces/default/rolebindings`, body });
    const as = 'system:serviceaccount:default:robot';
    expect((await on.caller.send({ method: 'GET', path: maps, as })).status).toBe(200);
    const elsewhere = await on.caller.send({
      method: 'GET',
      path: '/api/v1/namespaces/kube-system/configmaps',
      as,
    });
    expect(elsewhere.body).toMatchObject({
      message: expect.stringContaining(`User "${as}" cannot list resource "configmaps"`) as string,
    });
  });
});
