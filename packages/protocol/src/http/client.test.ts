import { type RequestListener, type Server, createServer } from 'node:http';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import type { ApiConnection } from './api-call.ts';
import { type ApiClient, apiClient } from './client.ts';
import type { Problem, TrackView } from './views.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A client of a server that answers as the test says. */
async function clientOf(
  listener: RequestListener,
  timeoutMs = 5000,
  more: Partial<ApiConnection> = {},
): Promise<ApiClient> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return apiClient({ baseUrl: `http://127.0.0.1:${port}/`, timeoutMs, ...more });
}

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

const track: TrackView = {
  id: 'shop/production/web',
  application: 'shop',
  environment: 'production',
  component: 'web',
  version: 3,
  stable: null,
  split: { weights: [], matches: [], mirror: null, sticky: null, salt: '' },
  splitConfirmed: true,
  revisions: [],
  active: null,
  queued: [],
  last: null,
  history: [],
  explanation: { doing: 'nothing has been released yet', waitingFor: null, next: null, evidence: [] },
};

const problem: Problem = {
  type: 'urn:sluice:problem:busy',
  title: 'Conflict',
  status: 409,
  detail: 'Another release is under way.',
  code: 'busy',
  remedy: 'Wait for it.',
};

test('a track is read with its tag, and asked for again with it', async () => {
  const asked: (string | undefined)[] = [];
  const client = await clientOf((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['if-none-match'] ?? '-'}`);
    if (request.headers['if-none-match']) answer(304, '', { etag: '"3.x"' })(request, response);
    else answer(200, track, { etag: '"3.x"' })(request, response);
  });
  const first = await client.trackUnless('shop/production/web', null);
  expect(first).toEqual({ ok: true, value: track, tag: '"3.x"', replayed: false });
  expect(await client.trackUnless('shop/production/web', '"3.x"')).toMatchObject({ ok: true, value: null });
  expect(asked).toEqual([
    'GET /api/v1/tracks/shop/production/web -',
    'GET /api/v1/tracks/shop/production/web "3.x"',
  ]);
});

test('names that need it are encoded, and absent parameters are left out', async () => {
  const urls: (string | undefined)[] = [];
  const client = await clientOf((request, response) => {
    urls.push(request.url);
    answer(200, { items: [], next: null })(request, response);
  });
  await client.tracks({ application: 'a&b', environment: undefined, limit: 5 });
  await client.rollouts({ track: 'shop/production/web' });
  await client.tracks({});
  expect(urls).toEqual([
    '/api/v1/tracks?application=a%26b&limit=5',
    '/api/v1/rollouts?track=shop%2Fproduction%2Fweb',
    '/api/v1/tracks',
  ]);
});

test('a command carries its key and the tag that was looked at', async () => {
  const seen: unknown[] = [];
  const client = await clientOf((request, response) => {
    seen.push([
      request.headers['idempotency-key'],
      request.headers['if-match'],
      request.headers['content-type'],
    ]);
    answer(200, track, { 'idempotency-replayed': 'true' })(request, response);
  });
  const reply = await client.command(
    'shop/production/web',
    { command: 'pause', by: 'ada' },
    { idempotencyKey: 'k', tag: '"3.x"' },
  );
  expect(reply).toMatchObject({ ok: true, replayed: true });
  expect(seen).toEqual([['k', '"3.x"', 'application/json']]);
});

test('clusters are registered, asked and removed where their names say', async () => {
  const asked: string[] = [];
  const client = await clientOf((request, response) => {
    const said = `${request.method} ${request.url}`;
    asked.push(said);
    request.on('data', (part) => {
      asked[asked.indexOf(said)] += ` ${String(part)}`;
    });
    const health = { reachable: true, detail: null, version: 'v1', user: null, namespaces: [] };
    const cluster = { region: null, provider: null, credentials: { kind: 'in-cluster' }, createdAt: 1 };
    const body = { name: 'eu', ...health, ...cluster, apis: [], missing: [], roles: [] };
    request.on('end', () => answer(200, body)(request, response));
  });
  const { ok } = await client.putCluster('eu', { credentials: { kind: 'in-cluster' } });
  expect(ok).toBe(true);
  expect(await client.clusterHealth('context:a/b', 'shop')).toMatchObject({ value: { reachable: true } });
  expect(await client.removeCluster('eu', 'ada')).toMatchObject({ ok: true, value: { name: 'eu' } });
  expect(asked).toEqual([
    'PUT /api/v1/clusters/eu {"credentials":{"kind":"in-cluster"}}',
    'GET /api/v1/clusters/context%3Aa%2Fb/health?namespace=shop',
    'DELETE /api/v1/clusters/eu?by=ada',
  ]);
});

test('schedules are made, changed and removed where their track and name say', async () => {
  const asked: string[] = [];
  const client = await clientOf((request, response) => {
    const said = `${request.method} ${request.url}`;
    asked.push(said);
    request.on('data', (part) => {
      asked[asked.indexOf(said)] += ` ${String(part)}`;
    });
    request.on('end', () => answer(404, problem)(request, response));
  });
  const [track, name] = ['shop/production/triage', 'daily'];
  await client.putSchedule(track, name, { cron: '@daily' });
  await client.schedule(track, name);
  await client.schedules({ track, limit: 5 });
  await client.pauseSchedule(track, name);
  await client.resumeSchedule(track, name);
  await client.removeSchedule(track, name);
  const path = '/api/v1/tracks/shop/production/triage/schedules/daily';
  expect(asked).toEqual([
    `PUT ${path} {"cron":"@daily"}`,
    `GET ${path}`,
    'GET /api/v1/schedules?track=shop%2Fproduction%2Ftriage&limit=5',
    `POST ${path}/pause`,
    `POST ${path}/resume`,
    `DELETE ${path}`,
  ]);
});

test('pools are read of one component or of all', async () => {
  const asked: string[] = [];
  const client = await clientOf((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(200, { items: [] })(request, response);
  });
  expect(await client.pools({})).toMatchObject({ ok: true, value: { items: [] } });
  await client.pools({ track: 'shop/production/triage' });
  expect(asked).toEqual(['GET /api/v1/pools', 'GET /api/v1/pools?track=shop%2Fproduction%2Ftriage']);
});

test('agents are registered, changed and forgotten where their names say', async () => {
  const asked: string[] = [];
  const client = await clientOf((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(404, problem)(request, response);
  });
  await client.registeredAgents({ limit: 5 });
  await client.registerAgent({ id: 'shop/production/research' });
  await client.updateAgent('shop/production/research', { name: 'R' });
  await client.removeAgent('shop/production/research');
  expect(asked).toEqual([
    'GET /api/v1/registered-agents?limit=5',
    'POST /api/v1/registered-agents',
    'PUT /api/v1/registered-agents/shop/production/research',
    'DELETE /api/v1/registered-agents/shop/production/research',
  ]);
});

test('workflows are submitted, listed, shown and cancelled where they are', async () => {
  const asked: string[] = [];
  const client = await clientOf((request, response) => {
    const said = `${request.method} ${request.url}`;
    asked.push(said);
    request.on('data', (part) => {
      asked[asked.indexOf(said)] += ` ${String(part)}`;
    });
    request.on('end', () => answer(404, problem)(request, response));
  });
  await client.submitWorkflow({ tasks: [{ name: 'a', track: 'shop/production/agent' }] });
  await client.workflows({ state: 'failed', limit: 5 });
  await client.workflow('w-1');
  await client.cancelWorkflow('w-1', 'enough');
  await client.cancelWorkflow('w-2');
  expect(asked).toEqual([
    'POST /api/v1/workflows {"tasks":[{"name":"a","track":"shop/production/agent"}]}',
    'GET /api/v1/workflows?state=failed&limit=5',
    'GET /api/v1/workflows/w-1',
    'POST /api/v1/workflows/w-1/cancel {"reason":"enough"}',
    'POST /api/v1/workflows/w-2/cancel {}',
  ]);
});

test('a problem is a refusal with its code and remedy', async () => {
  const client = await clientOf(answer(409, problem, { 'content-type': 'application/problem+json' }));
  expect(await client.track('shop/production/web')).toEqual({
    ok: false,
    failure: { kind: 'refused', problem },
  });
});

test('something else that answers is told from a refusal', async () => {
  const client = await clientOf(answer(502, '<html>bad gateway</html>'));
  expect(await client.track('a/b/c')).toMatchObject({ ok: false, failure: { kind: 'unreadable' } });
  const other = await clientOf(answer(200, { hello: 'world' }));
  const reply = await other.track('a/b/c');
  expect(reply).toMatchObject({ ok: false, failure: { kind: 'unreadable' } });
  if (!reply.ok && reply.failure.kind === 'unreadable')
    expect(reply.failure.message).toContain('different versions');
});

test('a redirect is not followed: the API never sends one', async () => {
  const client = await clientOf(answer(307, '', { location: 'http://127.0.0.1:1/' }));
  expect(await client.track('a/b/c')).toMatchObject({ ok: false });
});

test('where nothing listens is unreachable, and says so', async () => {
  const client = await clientOf(() => {});
  const [server] = servers.splice(0);
  await new Promise((resolve) => server?.close(resolve));
  const reply = await client.ready();
  expect(reply).toEqual({
    ok: false,
    failure: {
      kind: 'unreachable',
      reason: 'nothing listens there',
      message: `GET ${client.baseUrl}/health/ready got no answer: nothing listens there.`,
    },
  });
});

test('a server that does not answer is given up', async () => {
  const client = await clientOf(() => {}, 50);
  expect(await client.ready()).toMatchObject({ ok: false, failure: { kind: 'timed-out' } });
});

test('a connection that breaks in the middle of a body is no value', async () => {
  const client = await clientOf((_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"id":');
    setImmediate(() => response.destroy());
  });
  expect(await client.track('a/b/c')).toMatchObject({ ok: false, failure: { kind: 'unreachable' } });
});

const event = (sequence: number) => ({
  sequence,
  at: 1,
  track: 'shop/production/web',
  rollout: null,
  kind: 'k',
  words: `event ${sequence} ü`,
  body: {},
});

async function followed(client: ApiClient, signal = new AbortController().signal) {
  const events = client.events({ after: 7, signal });
  const sequences: number[] = [];
  for (;;) {
    const { value, done } = await events.next();
    if (done) return { sequences, end: value };
    sequences.push(value.sequence);
  }
}

test('events are read however the bytes are cut, comments and strangers are passed over', async () => {
  const text = `retry: 2000\n\n: still here\n\nid: 8\ndata: ${JSON.stringify(event(8))}\n\ndata: nonsense\n\nid: 9\r\ndata: ${JSON.stringify(event(9))}\r\n\r\n`;
  const client = await clientOf((request, response) => {
    expect(request.url).toBe('/api/v1/events?after=7');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const bytes = Buffer.from(text);
    const write = (at: number): void => {
      if (at >= bytes.length) return void response.end();
      response.write(bytes.subarray(at, at + 3), () => write(at + 3));
    };
    write(0);
  });
  expect(await followed(client)).toEqual({ sequences: [8, 9], end: null });
});

test('a task is followed by what becomes of it, and strange words are passed over', async () => {
  const told = { sequence: 3, at: 1, attempt: 1, event: { kind: 'output', text: 'hello' } };
  const frames = [
    `event: status\ndata: {"state":"running"}`,
    `id: 3\nevent: event\ndata: ${JSON.stringify(told)}`,
    `event: event\ndata: {"sequence":"x"}`,
    'event: other\ndata: {}',
    ': still here',
  ];
  const client = await clientOf((request, response) => {
    expect(request.url).toBe('/api/v1/tasks/a%2Fb/stream?after=2');
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`${frames.join('\n\n')}\n\n`);
  });
  const words: unknown[] = [];
  const following = client.followTask('a/b', { after: 2, signal: new AbortController().signal });
  let step = await following.next();
  for (; !step.done; step = await following.next()) words.push(step.value);
  expect({ words, end: step.value }).toEqual({
    words: [{ kind: 'status' }, { kind: 'event', event: told }],
    end: null,
  });
});

test('a stream that is refused, breaks or is left says how it ended', async () => {
  const refusing = await clientOf(answer(503, { ...problem, status: 503 }));
  expect(await followed(refusing)).toMatchObject({ end: { kind: 'refused' } });
  const breaking = await clientOf((_, response) => {
    response.writeHead(200).write(`data: ${JSON.stringify(event(8))}\n\n`, () => response.destroy());
  });
  expect(await followed(breaking)).toMatchObject({ sequences: [8], end: { kind: 'unreachable' } });
  const leaving = new AbortController();
  const open = await clientOf((_, response) => {
    response.writeHead(200).write(': hello\n\n', () => leaving.abort());
  });
  expect(await followed(open, leaving.signal)).toEqual({ sequences: [], end: null });
});

test('a stream that does not begin is given up', async () => {
  const silent = await clientOf(() => {}, 50);
  expect(await followed(silent)).toMatchObject({ sequences: [], end: { kind: 'unreachable' } });
});

test('tasks are submitted, read and changed where their tracks and ids say', async () => {
  const asked: string[] = [];
  const client = await clientOf((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${Buffer.concat(parts).toString()}`.trim());
      answer(202, { tasks: [], items: [], next: null, retried: [], hasMore: false })(request, response);
    });
  });
  await client.submitTasks('shop/production/agent', [{ input: 1 }], { idempotencyKey: 'k' });
  await client.tasks('shop/production/agent', { state: 'dead', session: 'a b', limit: 3 });
  await client.retryDeadTasks('shop/production/agent', 5);
  for (const call of ['task', 'cancelTask', 'retryTask', 'drainAgent'] as const) await client[call]('x/1');
  await client.queues({});
  await client.agents({ cursor: 'c' });
  expect(asked).toEqual([
    'POST /api/v1/tracks/shop/production/agent/tasks {"tasks":[{"input":1}]}',
    'GET /api/v1/tracks/shop/production/agent/tasks?state=dead&session=a%20b&limit=3',
    'POST /api/v1/tracks/shop/production/agent/tasks/retry {"limit":5}',
    'GET /api/v1/tasks/x%2F1',
    'POST /api/v1/tasks/x%2F1/cancel',
    'POST /api/v1/tasks/x%2F1/retry',
    'POST /api/v1/agents/x%2F1/drain',
    'GET /api/v1/queues',
    'GET /api/v1/agents?cursor=c',
  ]);
});

/** Refuses so many requests for a limit, then answers; counts what came. */
function limited(times: number, code: string, retryAfter: string) {
  const bodies: string[] = [];
  const listener: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      bodies.push(body);
      const refused = { ...problem, status: 429, code };
      if (bodies.length > times) answer(200, track)(request, response);
      else answer(429, refused, { 'retry-after': retryAfter })(request, response);
    });
  };
  return { bodies, listener };
}

test.each(['too-many-requests', 'too-many-at-once'])(
  'what is refused with %s is sent again when the server says, with the same body, and somebody is told',
  async (code) => {
    const server = limited(2, code, '0');
    const waits: number[] = [];
    const client = await clientOf(server.listener, 5000, { waited: (seconds) => waits.push(seconds) });
    const reply = await client.command(track.id, { command: 'pause', by: 'ada' });
    expect(reply).toMatchObject({ ok: true });
    expect(server.bodies).toHaveLength(3);
    expect(new Set(server.bodies).size).toBe(1);
    expect(waits).toEqual([0, 0]);
  },
);

test.each([
  ['is refused four times', 9, 'too-many-requests', '0', 4],
  ['would have to wait for long', 9, 'too-many-requests', '16', 1],
  ['is not told when', 9, 'too-many-requests', '', 1],
  ['is refused for something else', 9, 'too-many-failures', '0', 1],
])('whoever %s is told of the refusal', async (_name, times, code, retryAfter, asked) => {
  const server = limited(times, code, retryAfter);
  const client = await clientOf(server.listener);
  expect(await client.track(track.id)).toMatchObject({
    ok: false,
    failure: { kind: 'refused', problem: { status: 429, code } },
  });
  expect(server.bodies).toHaveLength(asked);
});
