import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiAnswer } from '../api/api-caller.ts';
import { type HttpCaller, httpCaller } from '../api/http-caller.ts';
import { type FakeCluster, fakeCluster } from '../cluster/fake-cluster.ts';

const maps = '/api/v1/namespaces/default/configmaps';

let cluster: FakeCluster;
let http: HttpCaller;
let url = '';

beforeEach(async () => {
  cluster = fakeCluster();
  url = (await cluster.listen()).url;
  http = httpCaller({ server: url, token: cluster.tokens['admin'] ?? '' });
});

afterEach(async () => {
  http.close();
  await cluster.close();
});

function create(name: string): Promise<ApiAnswer> {
  return http.send({ method: 'POST', path: maps, body: { metadata: { name }, data: {} } });
}

function list(): Promise<ApiAnswer> {
  return http.send({ method: 'GET', path: maps });
}

async function names(): Promise<string[]> {
  const { body } = await list();
  return (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
}

describe('a fault', () => {
  it('meets only the requests it is for, and only so many times', async () => {
    const order = cluster.faults.add({
      match: { verb: 'create', resource: 'configmaps' },
      action: { kind: 'too-many-requests', retryAfterSeconds: 7 },
      times: 2,
    });
    expect((await list()).status).toBe(200);
    const refused = await create('one');
    expect(refused).toMatchObject({
      status: 429,
      headers: { 'retry-after': '7' },
      body: { reason: 'TooManyRequests', details: { retryAfterSeconds: 7 } },
    });
    expect((await create('one')).status).toBe(429);
    expect((await create('one')).status).toBe(201);
    expect(order.met).toBe(2);
  });

  it('is over when it is removed, and when all are cleared', async () => {
    const order = cluster.faults.add({ action: { kind: 'error' } });
    expect((await list()).body).toMatchObject({ code: 500, reason: 'InternalError' });
    order.remove();
    expect((await list()).status).toBe(200);
    cluster.faults.add({ action: { kind: 'error', status: 503, retryAfterSeconds: 1 } });
    expect((await list()).body).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
    cluster.faults.clear();
    expect((await list()).status).toBe(200);
  });

  it('makes a storm of conflicts that changes nothing', async () => {
    cluster.faults.add({ match: { verb: ['update', 'patch'] }, action: { kind: 'conflict' }, times: 3 });
    await create('one');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const answer = await http.send({
        method: 'PUT',
        path: `${maps}/one`,
        body: { metadata: { name: 'one' }, data: { a: '1' } },
      });
      expect(answer.body).toMatchObject({
        code: 409,
        reason: 'Conflict',
        details: { name: 'one', kind: 'configmaps' },
      });
    }
    const { body } = await http.send({ method: 'GET', path: `${maps}/one` });
    expect(body).not.toHaveProperty('data');
  });

  it('cuts an answer in the middle after the work is done', async () => {
    cluster.faults.add({ match: { verb: 'create' }, action: { kind: 'partial' }, times: 1 });
    await expect(create('made')).rejects.toMatchObject({ code: 'unreachable' });
    expect(await names()).toEqual(['made']);
  });

  it('refuses a connection before anything is done', async () => {
    cluster.faults.add({ match: { verb: 'create' }, action: { kind: 'unreachable' }, times: 1 });
    await expect(create('lost')).rejects.toMatchObject({ code: 'unreachable' });
    expect(await names()).toEqual([]);
  });

  it('answers late', async () => {
    cluster.faults.add({ match: { verb: 'list' }, action: { kind: 'slow', delayMs: 120 }, times: 1 });
    const startedAt = performance.now();
    expect((await list()).status).toBe(200);
    // Timers of Node may fire up to a millisecond early.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(118);
  });

  it('cuts a watch after so many events, over HTTP and in process', async () => {
    for (const caller of [http, cluster.caller]) {
      cluster.faults.add({
        match: { verb: 'watch' },
        action: { kind: 'cut-watch', afterEvents: 2 },
        times: 1,
      });
      for (const name of ['a', 'b', 'c']) await create(name);
      const seen: string[] = [];
      const watch = await caller.watch({ method: 'GET', path: maps }, ({ type }) => seen.push(type));
      expect(await watch.ended).toBe('server');
      expect(seen).toEqual(['ADDED', 'ADDED']);
      for (const name of ['a', 'b', 'c']) await http.send({ method: 'DELETE', path: `${maps}/${name}` });
    }
  });

  it('lets the store forget just before a watch goes on', async () => {
    await create('one');
    const { body } = await list();
    await create('two');
    cluster.faults.add({ match: { verb: 'watch' }, action: { kind: 'forget-history' }, times: 1 });
    const query = {
      resourceVersion: (body as { metadata: { resourceVersion: string } }).metadata.resourceVersion,
    };
    const seen: unknown[] = [];
    const watch = await http.watch({ method: 'GET', path: maps, query }, (event) => seen.push(event));
    expect(await watch.ended).toBe('server');
    expect(seen).toMatchObject([{ type: 'ERROR', object: { code: 410 } }]);
  });

  it('plays a webhook that says no, and a quota that is used up', async () => {
    cluster.faults.add({
      action: { kind: 'webhook-refusal', webhook: 'policy.example', message: 'no team label' },
      times: 1,
    });
    expect((await create('one')).body).toMatchObject({
      code: 403,
      message: 'admission webhook "policy.example" denied the request: no team label',
    });
    cluster.faults.add({ action: { kind: 'quota', quota: 'team', resource: 'pods', limit: '10' }, times: 1 });
    const { body } = await cluster.caller.send({
      method: 'POST',
      path: maps,
      body: { metadata: { name: 'two' } },
    });
    expect(body).toMatchObject({
      code: 403,
      message: expect.stringMatching(/^configmaps "two" is forbidden: exceeded quota: team/) as string,
    });
  });
});

describe('a server that is gone', () => {
  it('is refused at its port, cuts its watches, and comes back at the same port with all it had', async () => {
    await create('kept');
    const watch = await http.watch({ method: 'GET', path: maps }, () => undefined);
    await cluster.stop();
    expect(await watch.ended).toBe('server');
    await expect(list()).rejects.toMatchObject({ code: 'unreachable' });
    await cluster.start();
    expect(await names()).toEqual(['kept']);
  });
});
