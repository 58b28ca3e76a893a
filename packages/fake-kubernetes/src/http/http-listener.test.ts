import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HttpCaller, httpCaller } from '../api/http-caller.ts';
import { type FakeCluster, fakeCluster } from '../cluster/fake-cluster.ts';

const maps = '/api/v1/namespaces/default/configmaps';

let cluster: FakeCluster;
let caller: HttpCaller;

beforeEach(async () => {
  cluster = fakeCluster();
  const { url } = await cluster.listen();
  caller = httpCaller({ server: url, token: cluster.tokens['admin'] ?? '', tokens: cluster.tokens });
});

afterEach(async () => {
  caller.close();
  await cluster.close();
});

describe('the port of a fake cluster', () => {
  it('is one with the cluster in process', async () => {
    await cluster.caller.send({
      method: 'POST',
      path: maps,
      body: { metadata: { name: 'two' }, data: { a: 'größer' } },
    });
    const { body } = await caller.send({ method: 'GET', path: `${maps}/two` });
    expect(body).toMatchObject({ data: { a: 'größer' } });
  });

  it('streams events until the client has enough', async () => {
    const names: string[] = [];
    let enough: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const watch = await caller.watch({ method: 'GET', path: maps }, ({ object }) => {
      names.push((object as { metadata: { name: string } }).metadata.name);
      if (names.length === 50) enough();
    });
    expect(watch.status).toBe(200);
    for (let i = 0; i < 50; i += 1)
      await caller.send({ method: 'POST', path: maps, body: { metadata: { name: `m${i}` } } });
    await all;
    watch.close();
    expect(await watch.ended).toBe('client');
    expect(names).toEqual(Array.from({ length: 50 }, (_, i) => `m${i}`));
  });

  it('tells why a watch is refused', async () => {
    const watch = await caller.watch({ method: 'GET', path: maps, as: 'limited' }, () => undefined);
    expect(watch.status).toBe(403);
    expect(watch.body).toMatchObject({
      message: expect.stringContaining('User "dev" cannot watch resource "configmaps"') as string,
    });
  });

  it('knows nobody by a token it did not give', async () => {
    const { url } = await cluster.listen();
    const stranger = httpCaller({ server: url, token: 'made-up' });
    expect((await stranger.send({ method: 'GET', path: maps })).status).toBe(401);
    stranger.close();
  });

  it('gives tokens to service accounts that it knows from then on', async () => {
    const path = '/api/v1/namespaces/default/serviceaccounts';
    await caller.send({ method: 'POST', path, body: { metadata: { name: 'robot' } } });
    const { body } = await caller.send({ method: 'POST', path: `${path}/robot/token`, body: { spec: {} } });
    const { url } = await cluster.listen();
    const robot = httpCaller({ server: url, token: (body as { status: { token: string } }).status.token });
    const answer = await robot.send({ method: 'GET', path: maps });
    expect(answer.body).toMatchObject({
      message: expect.stringContaining('system:serviceaccount:default:robot') as string,
    });
    robot.close();
  });

  it('refuses a body that is too large without cutting the connection', async () => {
    const body = { metadata: { name: 'huge' }, data: { a: 'x'.repeat(3_300_000) } };
    expect((await caller.send({ method: 'POST', path: maps, body })).status).toBe(413);
    expect((await caller.send({ method: 'GET', path: maps })).status).toBe(200);
  });
});
