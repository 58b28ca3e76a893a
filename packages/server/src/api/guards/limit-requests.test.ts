import { TeamworkService } from '@sluice/protocol/generated/sluice/agents/v1/teamwork_pb.js';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { Server } from 'node:net';
import { ANONYMOUS, type Caller } from '@sluice/core/access/caller.ts';
import { ROLES } from '@sluice/core/access/roles.ts';
import { afterEach, describe, expect, it } from 'vitest';
import type { AccessGuard } from '../../access/access-guard.ts';
import type { SignIn } from '../../access/sign-in.ts';
import { notLetIn } from '../../access/sign-in-refusals.ts';
import { parseProxies } from '../../limits/address-of.ts';
import { requestLimiter } from '../../limits/request-limiter.ts';
import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from '../../limits/request-limits.ts';
import { Health } from '@sluice/protocol/generated/grpc/health/v1/health_pb.js';
import { healthService } from '../grpc/health-service.ts';
import { listenOnLoopback } from '../listen-on-loopback.ts';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

/** Everybody who says a name of at most eight letters is known by it, and asking whose it is is counted. */
function guardOf(): AccessGuard & { lookups: number } {
  const guard = {
    lookups: 0,
    callerOf: async ({ bearer }: { bearer: string | null }): Promise<Caller | null> => {
      guard.lookups += 1;
      if (bearer !== null && bearer.length > 8) return null;
      const subject = bearer === null ? ANONYMOUS : `person:${bearer}`;
      const grants = [{ role: 'admin', permissions: ROLES.admin, project: '*', environment: '*' }];
      return { tenant: 'default', subject, name: subject, groups: [], grants };
    },
    mayWith: async () => ({ allowed: true, role: 'admin' }) as const,
    tracksOf: async () => [],
  };
  return guard;
}

type Bounds = {
  readonly rates?: Partial<RequestLimits['rates']>;
  readonly inFlight?: Partial<RequestLimits['inFlight']>;
};

let api: TestApi;
afterEach(() => api.app.close());

function open(bounds: Bounds, more: Parameters<typeof testApi>[0] = {}) {
  const clock = { now: 1_800_000_000_000 };
  const access = guardOf();
  const proxies = parseProxies('127.0.0.1');
  if (!proxies.ok) throw new Error(proxies.refusal.message);
  const limits = {
    rates: { ...DEFAULT_REQUEST_LIMITS.rates, ...bounds.rates },
    inFlight: { ...DEFAULT_REQUEST_LIMITS.inFlight, ...bounds.inFlight },
  };
  const limiter = requestLimiter(limits, { trusted: proxies.value, now: () => clock.now });
  api = testApi({ access, limiter, ...more });
  return { clock, access };
}

const as = (name: string | null, address?: string) => ({
  headers: {
    ...(name !== null && { authorization: `Bearer ${name}` }),
    ...(address !== undefined && { 'x-forwarded-for': address }),
  },
});
const TRACKS = '/api/v1/tracks';
const statuses = async (count: number, options: Parameters<typeof ask>[1]) => {
  const found: number[] = [];
  for (let sent = 0; sent < count; sent += 1) found.push((await ask(api, options)).statusCode);
  return found;
};

describe('whoever asks too often', () => {
  it('is told what is left, and then when to ask again', async () => {
    const { clock } = open({ rates: { reads: { caller: 1, organisation: 4 } } });
    const first = await ask(api, { url: TRACKS, ...as('ada') });
    expect(first.headers['ratelimit-policy']).toBe('"reads";q=10;w=10, "organisation-reads";q=40;w=10');
    expect(first.headers['ratelimit']).toBe('"reads";r=9;t=1, "organisation-reads";r=39;t=1');
    expect(await statuses(9, { url: TRACKS, ...as('ada') })).toEqual(Array(9).fill(200));
    const refused = await ask(api, { url: TRACKS, ...as('ada') });
    expect(refused.headers).toMatchObject({ 'retry-after': '1', ratelimit: '"reads";r=0;t=10' });
    expect(problemIn(refused)).toMatchObject({
      status: 429,
      code: 'too-many-requests',
      detail: expect.stringContaining('1 a second, 10 at once'),
    });
    expect((await ask(api, { url: TRACKS, ...as('ben') })).statusCode).toBe(200);
    clock.now += 1_000;
    expect(await statuses(2, { url: TRACKS, ...as('ada') })).toEqual([200, 429]);
    const counted = (await api.metrics.limitedRequests.get()).values;
    expect(counted).toMatchObject([{ labels: { limit: 'reads', of: 'caller' }, value: 2 }]);
  });

  it('is counted for what is refused them as well, and whichever operation it is', async () => {
    open({ rates: { changes: { caller: 1, organisation: 4 } } });
    const change = {
      method: 'POST',
      url: '/api/v1/tracks/a/b/c/commands',
      payload: {},
      ...as('ada'),
    } as const;
    expect(await statuses(11, change)).toEqual([...Array(10).fill(400), 429]);
    expect((await ask(api, { method: 'POST', url: '/api/v1/releases', ...as('ada') })).statusCode).toBe(429);
    expect((await ask(api, { url: TRACKS, ...as('ada') })).statusCode).toBe(200);
  });

  it('takes nothing from anybody else by saying nothing of who they are, and is counted by address', async () => {
    open({ rates: { reads: { caller: 1, organisation: 1 } } });
    expect(await statuses(11, { url: TRACKS, ...as(null, '198.51.100.1') })).toContain(429);
    expect((await ask(api, { url: TRACKS, ...as('ada', '198.51.100.1') })).statusCode).toBe(200);
  });

  it('hears of the health of the control plane all the same', async () => {
    open({
      rates: { reads: { caller: 1, organisation: 1 } },
      inFlight: { requests: { caller: 1, organisation: 1 } },
    });
    expect(await statuses(30, '/health/live')).toEqual(Array(30).fill(200));
  });
});

describe('whoever guesses tokens', () => {
  it('is refused without a look after a few, and keeps out nobody who came in before', async () => {
    const { access, clock } = open({ rates: { guesses: { caller: 1, organisation: null } } });
    const proxied = (name: string) => ask(api, { url: TRACKS, ...as(name, '198.51.100.1') });
    expect((await proxied('ada')).statusCode).toBe(200);
    for (let tried = 0; tried < 10; tried += 1)
      expect((await proxied(`wrong token ${tried}`)).statusCode).toBe(401);
    const before = access.lookups;
    const refused = await proxied('wrong token 11');
    expect(problemIn(refused)).toMatchObject({ status: 429, code: 'too-many-guesses' });
    expect(refused.headers['retry-after']).toBe('1');
    expect((await proxied('new')).statusCode).toBe(429);
    expect(access.lookups).toBe(before);
    expect((await proxied('ada')).statusCode).toBe(200);
    expect((await ask(api, { url: TRACKS, ...as('new', '198.51.100.2') })).statusCode).toBe(200);
    clock.now += 1_000;
    expect((await proxied('late')).statusCode).toBe(200);
    expect((await api.metrics.failedLogins.get()).values).toMatchObject([
      { labels: { how: 'bearer' }, value: 10 },
    ]);
  });
});

describe('whoever tries to get in', () => {
  it('is refused before anything is looked at, by address, and whoever is in already is not', async () => {
    let tried = 0;
    const withToken: SignIn['withToken'] = async () => {
      tried += 1;
      return notLetIn();
    };
    open(
      { rates: { 'sign-ins': { caller: 1, organisation: null } } },
      { signIn: { withToken } as Partial<SignIn> as SignIn },
    );
    const login = { method: 'POST', url: '/auth/token', payload: { token: 'x'.repeat(20) } } as const;
    expect(await statuses(12, { ...login, ...as(null, '198.51.100.1') })).toEqual([
      ...Array(10).fill(401),
      ...[429, 429],
    ]);
    expect(tried).toBe(10);
    expect((await ask(api, { ...login, ...as(null, '198.51.100.2') })).statusCode).toBe(401);
    expect((await ask(api, { url: TRACKS, ...as('ada', '198.51.100.1') })).statusCode).toBe(200);
  });
});

/** Sends a request whose answer is not waited for; its status once there is one. */
function sent(port: number, agent: Agent, name: string, path = TRACKS) {
  const asked = request({ agent, port, host: '127.0.0.1', path, ...as(name) }).end();
  const answer = once(asked, 'response').then(([response]: IncomingMessage[]) => response);
  answer.catch(() => undefined);
  return { asked, answer };
}

describe('whoever has too much under way', () => {
  it('is refused until some of it has ended, however it ended', async () => {
    open({ inFlight: { requests: { caller: 2, organisation: 3 } } });
    const held: (() => void)[] = [];
    const list = api.plane.tracks.bind(api.plane);
    api.plane.tracks = async (...wanted) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return list(...wanted);
    };
    const { port } = await listenOnLoopback(api.app, { port: 0 });
    const agent = new Agent();
    const statusOf = async (name: string) => (await sent(port, agent, name).answer)?.resume().statusCode;
    const first = sent(port, agent, 'ada');
    const second = sent(port, agent, 'ada');
    await expect.poll(() => held.length).toBe(2);
    expect(await statusOf('ada')).toBe(429);
    const third = sent(port, agent, 'ben');
    await expect.poll(() => held.length).toBe(3);
    expect(await statusOf('ben')).toBe(429);
    // One that goes away frees its place as one does that is answered.
    first.asked.destroy();
    const fourth = await afterFreed(() => sent(port, agent, 'ada'), held, 4);
    for (const go of held) go();
    for (const { answer } of [second, third, fourth]) expect((await answer)?.resume().statusCode).toBe(200);
    agent.destroy();
  });

  it.each(['HTTP/1.1', 'HTTP/2'])(
    'keeps no place after going away over %s before it was known who asked',
    async (spoken) => {
      const { access } = open({ inFlight: { requests: { caller: 1, organisation: 1 } } });
      const waiting: (() => void)[] = [];
      const known = access.callerOf.bind(access);
      access.callerOf = async (credentials) => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return known(credentials);
      };
      const { port } = await listenOnLoopback(api.app, { port: 0 });
      const agent = new Agent();
      const session = connectHttp2(`http://127.0.0.1:${port}`);
      if (spoken === 'HTTP/2') session.request({ ':path': TRACKS, ...as('ada').headers }).end();
      const asked =
        spoken === 'HTTP/2' ? { destroy: () => session.destroy() } : sent(port, agent, 'ada').asked;
      await expect.poll(() => waiting.length).toBe(1);
      asked.destroy();
      session.destroy();
      await expect.poll(() => connectionsOf(api.app.server)).toBe(0);
      access.callerOf = known;
      waiting[0]?.();
      expect((await sent(port, agent, 'ada').answer)?.resume().statusCode).toBe(200);
      agent.destroy();
    },
  );

  it('has a limit of event streams apart from it', async () => {
    open({ inFlight: { streams: { caller: 1, organisation: 2 }, requests: { caller: 1, organisation: 1 } } });
    const { port } = await listenOnLoopback(api.app, { port: 0 });
    const agent = new Agent();
    const stream = sent(port, agent, 'ada', '/api/v1/events');
    const opened = await stream.answer;
    expect([opened?.statusCode, opened?.headers['ratelimit']]).toEqual([
      200,
      expect.stringContaining('"reads";r='),
    ]);
    const another = await sent(port, agent, 'ada', '/api/v1/events').answer;
    expect(another?.resume().statusCode).toBe(429);
    expect((await sent(port, agent, 'ada').answer)?.resume().statusCode).toBe(200);
    stream.asked.destroy();
    await expect
      .poll(async () => {
        const again = sent(port, agent, 'ada', '/api/v1/events');
        const status = (await again.answer)?.statusCode;
        again.asked.destroy();
        return status;
      })
      .toBe(200);
    agent.destroy();
  });
});

const connectionsOf = (server: Pick<Server, 'getConnections'>): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((thrown, count) => (thrown ? reject(thrown) : resolve(count))),
  );

/** Asks again until there is a place. */
async function afterFreed(again: () => ReturnType<typeof sent>, held: readonly unknown[], wanted: number) {
  let last = again();
  await expect
    .poll(async () => {
      if (held.length >= wanted) return true;
      const status = await Promise.race([
        last.answer.then((response) => response?.resume().statusCode),
        Promise.resolve(null),
      ]);
      if (status === 429) last = again();
      return held.length >= wanted;
    })
    .toBe(true);
  return last;
}

describe('a caller over gRPC', () => {
  it('is refused in the words of gRPC, with the time after which to try again', async () => {
    open({ rates: { guesses: { caller: 1, organisation: null } } }, { calls: (router) => void router });
    const { port } = await listenOnLoopback(api.app, { port: 0 });
    for (let tried = 0; tried < 10; tried += 1)
      await ask(api, { url: TRACKS, ...as(`wrong token ${tried}`) });
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const call = session.request({
      ':method': 'GET',
      ':path': TRACKS,
      'content-type': 'application/grpc',
      authorization: 'Bearer wrong again',
    });
    const [headers] = (await once(call, 'response')) as [Record<string, string>];
    expect(headers).toMatchObject({ 'grpc-status': '8', 'grpc-retry-pushback-ms': '1000' });
    expect(headers['grpc-message']).toContain('that others are not looked at now');
    const details = Buffer.from(headers['grpc-status-details-bin'] ?? '', 'base64');
    expect(details.includes('type.googleapis.com/google.rpc.RetryInfo')).toBe(true);
    // Field 1 of RetryInfo: a Duration of two bytes, whose field 1 says one second.
    expect([...details.subarray(-4)]).toEqual([0x0a, 0x02, 0x08, 0x01]);
    session.destroy();
  });

  it('holds no more calls open that anybody may make than event streams', async () => {
    open(
      { inFlight: { streams: { caller: 2, organisation: 4 } } },
      { calls: (router) => router.service(Health, healthService({ isReady: async () => true }, [])) },
    );
    const { port } = await listenOnLoopback(api.app, { port: 0 });
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const watch = async () => {
      const call = session.request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Watch',
        'content-type': 'application/grpc',
      });
      // An empty message: five bytes that say so.
      call.end(Buffer.alloc(5));
      const [headers] = (await once(call, 'response')) as [Record<string, string>];
      return headers['grpc-status'];
    };
    expect([await watch(), await watch(), await watch()]).toEqual([undefined, undefined, '8']);
    session.destroy();
  });

  it('waits for no more ends of tasks at once than it may make calls as a worker', async () => {
    const joinTasks = async function* joining(_asked: unknown, { signal }: { readonly signal: AbortSignal }) {
      yield {};
      if (!signal.aborted) await once(signal, 'abort');
    };
    open(
      { inFlight: { work: { caller: 2, organisation: 4 } } },
      { calls: (router) => router.service(TeamworkService, { joinTasks }) },
    );
    const { port } = await listenOnLoopback(api.app, { port: 0 });
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const join = async () => {
      const call = session.request({
        ':method': 'POST',
        ':path': '/sluice.agents.v1.TeamworkService/JoinTasks',
        'content-type': 'application/grpc',
        authorization: 'Bearer worker',
      });
      call.end(Buffer.alloc(5));
      const [headers] = (await once(call, 'response')) as [Record<string, string>];
      return headers['grpc-status'];
    };
    expect([await join(), await join(), await join()]).toEqual([undefined, undefined, '8']);
    session.destroy();
  });

  it('is cut off when a request does not arrive as a whole', async () => {
    open(
      {},
      {
        limits: { requestTimeoutMs: 50 },
        calls: (router) => router.service(Health, healthService({ isReady: async () => true }, [])),
      },
    );
    const { port } = await listenOnLoopback(api.app, { port: 0 });
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const check = (body: Buffer) => {
      const call = session.request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
      });
      call.write(body);
      return call;
    };
    const late = check(Buffer.alloc(3));
    await expect(once(late, 'close')).rejects.toThrow('NGHTTP2_ENHANCE_YOUR_CALM');
    const whole = check(Buffer.alloc(5)).end();
    const [headers] = (await once(whole, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(200);
    session.destroy();
  });
});
