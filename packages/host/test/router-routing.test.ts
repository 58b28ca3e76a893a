import { once } from 'node:events';
import { type IncomingMessage, request as openRequest } from 'node:http';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT } from '@sluice/core/traffic/split.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Cleanup,
  endpoint,
  exchangeRaw,
  GatewayRig,
  RawClient,
  splitOf,
  startInstance,
  tableOf,
} from './router-rig.ts';

const cleanup = new Cleanup();
let rig: GatewayRig;

beforeEach(async () => {
  rig = await GatewayRig.start(cleanup, { lingerMs: 100 });
});
afterEach(() => cleanup.run());

/** An instance that answers with its name. */
const named = (name: string) => startInstance(cleanup, (_request, response) => void response.end(name));

/** An instance that answers with the headers that it got, in lower case. */
const echo = () =>
  startInstance(cleanup, (request, response) => {
    const pairs = Array.from({ length: request.rawHeaders.length / 2 }, (_, index) => [
      (request.rawHeaders[2 * index] as string).toLowerCase(),
      request.rawHeaders[2 * index + 1],
    ]);
    response.end(JSON.stringify({ url: request.url, method: request.method, headers: pairs }));
  });

async function get(
  path: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage & { body: string }> {
  const outgoing = openRequest({ port: rig.port, host: '127.0.0.1', path, headers, agent: false }).end();
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of answer) body += chunk;
  return Object.assign(answer, { body });
}

describe('routes', () => {
  beforeEach(async () => {
    const place = async (track: string, host: string | null, path: string) =>
      rig.apply(tableOf({ track, route: { host, path } }), [endpoint('v1', await named(track))]);
    await place('root', null, '/');
    await place('api', null, '/api');
    await place('deep', null, '/api/deep/');
    await place('shop', 'shop.example', '/');
    await place('pay', 'Shop.Example', '/pay');
  });

  it.each([
    ['/', 'a', 'root'],
    ['/other', 'a', 'root'],
    ['/api', 'a', 'api'],
    ['/api/', 'a', 'api'],
    ['/api/x?y=/api/deep/', 'a', 'api'],
    ['/api?x', 'a', 'api'],
    ['/apix', 'a', 'root'],
    ['/api/deep', 'a', 'deep'],
    ['/api/deep/er', 'a', 'deep'],
    ['/api', 'shop.example', 'shop'],
    ['/pay', 'SHOP.example:8080', 'pay'],
    ['/payment', 'shop.example', 'shop'],
    ['/pay', 'xshop.example', 'root'],
  ])('%s at host %s goes to %s', async (path, host, track) => {
    expect((await get(path, { host })).body).toBe(track);
  });

  it('take the host of an absolute target, and replace the Host header by it', async () => {
    const answer = await exchangeRaw(
      cleanup,
      rig.port,
      'GET http://shop.example/pay HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/\r\n\r\npay$/);
  });

  it('forget a removed track', async () => {
    rig.tracks.forget('api');
    expect((await get('/api')).body).toBe('root');
  });
});

describe('what the router answers itself', () => {
  it('is 404 where nothing is routed', async () => {
    const answer = await get('/');
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['x-sluice-reason']).toBe('no-route');
    expect(JSON.parse(answer.body)).toEqual({
      type: 'urn:sluice:router:no-route',
      title: 'Not Found',
      status: 404,
      detail: 'No component is routed at this host and path.',
    });
  });

  it('is 503 with Retry-After for an empty split', async () => {
    rig.apply(tableOf({ split: EMPTY_SPLIT }), [endpoint('v1', await named('v1'))]);
    const { statusCode, headers } = await get('/');
    expect([statusCode, headers['x-sluice-reason'], headers['retry-after']]).toEqual([
      503,
      'empty-split',
      '1',
    ]);
  });

  it('is 503 when the chosen revision has no ready instance, whatever others have', async () => {
    rig.apply(tableOf(), [endpoint('v1', await named('v1'), true), endpoint('v2', await named('v2'))]);
    const { statusCode, headers } = await get('/');
    expect([statusCode, headers['x-sluice-reason'], headers['retry-after']]).toEqual([
      503,
      'no-ready-instance',
      '1',
    ]);
    expect(rig.counts()).toMatchObject({ refused: 1, arms: {} });
  });

  it('is 204 for OPTIONS of the router as a whole', async () => {
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 204 [^]*allow: GET/);
  });

  it.each(['CONNECT a:443', 'TRACE /'])('is 405 for %s', async (line) => {
    const answer = await exchangeRaw(cleanup, rig.port, `${line} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 405 [^]*x-sluice-reason: method-refused/);
  });

  it('is 417 for an expectation that nobody knows', async () => {
    const answer = await exchangeRaw(
      cleanup,
      rig.port,
      'GET / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 417 /);
  });
});

describe('the headers that an instance gets', () => {
  const headersAt = async (headers: Record<string, string>): Promise<Record<string, string>> => {
    rig.apply(tableOf(), [endpoint('v1', await echo())]);
    const { body } = await get('/x?y', headers);
    return Object.fromEntries(JSON.parse(body).headers);
  };

  it('say who asked, for which host and how', async () => {
    const got = await headersAt({ host: 'shop.example:81' });
    expect(got).toMatchObject({
      host: 'shop.example:81',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example:81',
      'x-forwarded-port': String(rig.port),
      via: '1.1 sluice',
    });
    expect(got['x-request-id']).toMatch(/^[\w-]{8,}$/);
  });

  it('keep what a proxy on the same machine has said', async () => {
    const got = await headersAt({
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-port': '443',
      'x-request-id': 'abc',
      via: '2 edge',
      forwarded: 'for=203.0.113.9',
    });
    expect(got).toMatchObject({
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-port': '443',
      'x-request-id': 'abc',
      via: '2 edge, 1.1 sluice',
      forwarded: 'for=203.0.113.9',
    });
  });

  it('have none that speak of one connection, nor those that Connection names, nor the mark of a mirror', async () => {
    const got = await headersAt({
      connection: 'keep-alive, X-Secret-Hop',
      'keep-alive': 'timeout=5',
      'x-secret-hop': '1',
      te: 'trailers',
      'proxy-connection': 'keep-alive',
      'proxy-authorization': 'x',
      'x-sluice-mirror': '1',
      accept: 'text/plain',
    });
    const gone = [
      'keep-alive',
      'x-secret-hop',
      'te',
      'proxy-connection',
      'proxy-authorization',
      'x-sluice-mirror',
    ];
    expect(gone.filter((name) => name in got)).toEqual([]);
    expect(got['accept']).toBe('text/plain');
  });

  it('cannot lose their host, length or forwarding by being named in Connection', async () => {
    const got = await headersAt({
      connection: 'host, x-forwarded-for, cookie',
      host: 'shop.example',
      cookie: 'a=b',
    });
    expect(got).toMatchObject({ host: 'shop.example', 'x-forwarded-for': '127.0.0.1' });
    expect(got).not.toHaveProperty('cookie');
  });
});

describe('the choice of a revision', () => {
  const tally = async (requests: number, headers: (index: number) => Record<string, string>) => {
    const counts: Record<string, number> = {};
    const answers = Array.from({ length: requests }, (_, index) => get('/', headers(index)));
    for (const { headers } of await Promise.all(answers)) {
      const revision = String(headers['x-sluice-revision']);
      counts[revision] = (counts[revision] ?? 0) + 1;
    }
    return counts;
  };
  const twoRevisions = async () => [endpoint('v2', await named('v2')), endpoint('v1', await named('v1'))];

  it('follows the weights', async () => {
    rig.apply(tableOf({ split: splitOf({ v2: 3_000, v1: 7_000 }) }), await twoRevisions());
    const { v2 = 0 } = await tally(600, () => ({}));
    // Five standard errors of 600 draws at 30 %.
    expect(Math.abs(v2 - 180)).toBeLessThan(57);
  });

  it('sends nothing to a weight of 0 and everything to 10,000', async () => {
    rig.apply(tableOf({ split: splitOf({ v2: 0, v1: 10_000 }) }), await twoRevisions());
    expect(await tally(50, () => ({}))).toEqual({ v1: 50 });
  });

  it('follows matches on header, cookie and path before the weights', async () => {
    const v2 = revisionId('v2');
    const matches = [
      { revision: v2, conditions: [{ on: 'header' as const, name: 'x-group', equals: 'beta' }] },
      { revision: v2, conditions: [{ on: 'cookie' as const, name: 'group', oneOf: ['beta'] }] },
      { revision: v2, conditions: [{ on: 'path' as const, prefix: '/beta' }] },
    ];
    rig.apply(tableOf({ split: splitOf({ v1: 10_000 }, { matches }) }), await twoRevisions());
    expect((await get('/', { 'X-Group': 'beta' })).body).toBe('v2');
    expect((await get('/', { cookie: 'x=1; group=beta' })).body).toBe('v2');
    expect((await get('/beta?x')).body).toBe('v2');
    expect((await get('/', { 'x-group': 'alpha', cookie: 'mygroup=beta' })).body).toBe('v1');
  });

  it('keeps a user on one revision by header, and moves only to the candidate as its share grows', async () => {
    const sticky = { by: 'header', name: 'X-User' } as const;
    const endpoints = await twoRevisions();
    const serve = async (basisPoints: number): Promise<string[]> => {
      const split = splitOf({ v2: basisPoints, v1: 10_000 - basisPoints }, { sticky, salt: 'ro-7' });
      rig.apply(tableOf({ split }), endpoints);
      const answers = Array.from({ length: 60 }, (_, user) => get('/', { 'x-user': `user-${user}` }));
      return (await Promise.all(answers)).map(({ body }) => body);
    };
    const early = await serve(2_000);
    expect(await serve(2_000)).toEqual(early);
    const late = await serve(6_000);
    expect(early.filter((revision, user) => revision === 'v2' && late[user] !== 'v2')).toEqual([]);
    expect(late.filter((revision) => revision === 'v2').length).toBeGreaterThan(
      early.filter((revision) => revision === 'v2').length,
    );
  });

  it('sets a sticky cookie where it is missing, and keeps its holder', async () => {
    const sticky = { by: 'cookie', name: 'sluice' } as const;
    rig.apply(
      tableOf({ split: splitOf({ v2: 5_000, v1: 5_000 }, { sticky, salt: 's' }) }),
      await twoRevisions(),
    );
    for (let user = 0; user < 10; user++) {
      const first = await get('/');
      const cookie = String(first.headers['set-cookie']);
      expect(cookie).toMatch(/^sluice=[\w-]{16,}; Path=\/; HttpOnly; SameSite=Lax$/);
      const again = await get('/', { cookie: cookie.split(';')[0] as string });
      expect(again.body).toBe(first.body);
      expect(again.headers).not.toHaveProperty('set-cookie');
    }
  });

  it('keeps an address on one revision, as a proxy on the same machine reports it', async () => {
    const split = splitOf({ v2: 5_000, v1: 5_000 }, { sticky: { by: 'address' }, salt: 's' });
    rig.apply(tableOf({ split }), await twoRevisions());
    const { v1 = 0, v2 = 0 } = await tally(20, () => ({}));
    expect([v1, v2]).toContain(20);
    const users = await tally(60, (index) => ({ 'x-forwarded-for': `spoofed, 198.51.100.${index}` }));
    expect(Object.keys(users)).toHaveLength(2);
  });

  it("tells the client the revision, and lets no instance speak in the router's name", async () => {
    const instance = await startInstance(cleanup, (_request, response) => {
      response.writeHead(200, { 'x-sluice-revision': 'v9', 'x-sluice-reason': 'no-route' }).end();
    });
    rig.apply(tableOf(), [endpoint('v1', instance)]);
    const { headers } = await get('/');
    expect(headers['x-sluice-revision']).toBe('v1');
    expect(headers).not.toHaveProperty('x-sluice-reason');
  });
});
