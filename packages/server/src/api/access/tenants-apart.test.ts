/**
 * Nothing of one organisation is shown to, or changed by, whoever belongs to another: tried with every operation that the
 * OpenAPI document has and every method of every service that is mounted, so that a new one is tried without anybody
 * thinking of it. The server is the real one, on a database of its own.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentService } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { MemoryService } from '@sluice/protocol/generated/sluice/agents/v1/memory_pb.js';
import { PayloadService } from '@sluice/protocol/generated/sluice/agents/v1/payloads_pb.js';
import { TeamworkService } from '@sluice/protocol/generated/sluice/agents/v1/teamwork_pb.js';
import { ToolRegistryService, ToolService } from '@sluice/protocol/generated/sluice/agents/v1/tools_pb.js';
import { WorkerService } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { WorkflowService } from '@sluice/protocol/generated/sluice/agents/v1/workflows_pb.js';
import { apiClient } from '@sluice/protocol/http/client.ts';
import { adminTokenFile, readAdminToken } from '@sluice/protocol/process/admin-token.ts';
import {
  create,
  type DescField,
  type DescMessage,
  type DescMethod,
  type DescService,
  type MessageInitShape,
  ScalarType,
  toJsonString,
} from '@bufbuild/protobuf';
import { ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_PROXIES } from '../../limits/address-of.ts';
import { DEFAULT_REQUEST_LIMITS } from '../../limits/request-limits.ts';
import { runServer, type Server } from '../../run-server.ts';
import { putChannel, removeChannel } from '../../store/notify/channels.ts';
import { rowsOfTenant } from '../../store/testing/rows-of-tenant.ts';
import { type TestDatabase, testDatabase } from '../../store/testing/test-database.ts';
import { apiDocuments } from '../api-documents.ts';
import { operationsOf, requestTo } from '../testing/arbitrary-request.ts';
import type { OpenApiDocument } from '../testing/open-api-document.ts';

/** Stands in everything that belongs to the organisation whose things are looked for. */
const MARK = 'crownjewel';
const TRACK = `${MARK}/production/agent`;
/** Stands only in what was kept, and in nothing that is asked. */
const SECRET = 'ruby-of-the-owner';
const RUNS = 3;

/** Everything that `agentServices` serves beside health and reflection. */
const SERVICES: readonly DescService[] = [
  AgentService,
  WorkerService,
  MemoryService,
  PayloadService,
  TeamworkService,
  ToolService,
  ToolRegistryService,
  WorkflowService,
];

let database: TestDatabase;
let server: Server;
let directory: string;
let url: string;
const tokens = { owner: '', stranger: '' };

const api = (token: string) => apiClient({ baseUrl: url, token });

async function ask(token: string, method: string, path: string, body?: unknown) {
  const reply = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  return { status: reply.status, text: await reply.text() };
}

/** What the owner has: one of everything that can be made without a host or a cluster. */
const known: Record<string, string[]> = {};

beforeAll(async () => {
  database = await testDatabase();
  directory = await mkdtemp(join(tmpdir(), 'sluice-tenants-'));
  server = await runServer(
    {
      ...{ directory, apiPort: 0, hostDirectory: null, databaseUrl: database.url },
      ...{
        activeMs: 60_000,
        anonymous: [],
        logFile: undefined,
        allowOutgoing: [],
        publicUrl: null,
        oidc: null,
        tls: null,
        limits: DEFAULT_REQUEST_LIMITS,
        trustedProxies: NO_PROXIES,
      },
    },
    pino({ level: 'warn' }),
  );
  url = `http://127.0.0.1:${server.apiPort}`;
  const operator = (await readAdminToken(directory)) ?? adminTokenFile(directory);
  for (const tenant of ['owner', 'stranger'] as const) {
    const made = await ask(operator, 'POST', '/api/v1/organisations', { tenant, name: tenant });
    expect(made.status, made.text).toBe(200);
    tokens[tenant] = (JSON.parse(made.text) as { token: string }).token;
  }
  await furnish();
  await settled();
});
afterAll(async () => {
  await server?.close();
  await database?.close();
  await rm(directory, { recursive: true, force: true });
});

async function furnish(): Promise<void> {
  const owner = (method: string, path: string, body?: unknown) => ask(tokens.owner, method, path, body);
  const made = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const reply = await owner(method, path, body);
    expect(`${method} ${path}: ${reply.status < 300 ? 'made' : reply.text}`).toBe(`${method} ${path}: made`);
    return reply.text === '' ? null : JSON.parse(reply.text);
  };
  await made('POST', '/api/v1/registered-agents', {
    ...{ id: TRACK, name: SECRET, category: SECRET, capabilities: [MARK] },
  });
  const submitted = (await made('POST', `/api/v1/tracks/${TRACK}/tasks`, {
    tasks: [{ input: { [MARK]: SECRET }, session: MARK }],
  })) as { tasks: { id: string }[] };
  const workflow = (await made('POST', '/api/v1/workflows', {
    name: SECRET,
    tasks: [{ name: 'one', track: TRACK, input: SECRET }],
  })) as { id: string };
  await made('PUT', `/api/v1/tracks/${TRACK}/schedules/${MARK}`, { cron: '0 0 1 1 *', input: SECRET });
  await made('PUT', `/api/v1/memory/${MARK}?track=${encodeURIComponent(TRACK)}`, { value: SECRET });
  // And some whose very names nobody else knows.
  await made('PUT', `/api/v1/tracks/${TRACK}/schedules/${SECRET}`, { cron: '0 0 1 1 *', input: 1 });
  await made('PUT', `/api/v1/memory/${SECRET}?track=${encodeURIComponent(TRACK)}`, { value: 1 });
  await made('PUT', `/api/v1/projects/${SECRET}`);
  await made('POST', '/api/v1/tokens', { name: SECRET, roles: [{ role: 'viewer' }] });
  Object.assign(known, {
    ...{ application: [MARK], environment: ['production'], component: ['agent'], track: [TRACK] },
    ...{ task: submitted.tasks.map(({ id }) => id), workflow: [workflow.id] },
    ...{ schedule: [MARK], key: [MARK], session: [MARK], tool: [MARK], name: [MARK], cluster: [MARK] },
    ...{ id: ['ro-1', TRACK, MARK], agent: [TRACK], queue: [TRACK] },
  });
}

const rowsOf = (tenant: string): Promise<string> => rowsOfTenant(database.db, tenant);

/** Waits until the server has done what follows of itself: a head is signed, and what happened is told. */
async function settled(): Promise<void> {
  for (let before = ''; ; ) {
    const now = lasting(await rowsOf('owner'));
    if (now === before) return;
    before = now;
    // Duties have no event of their own; each looks at least once a second.
    await delay(2_500);
  }
}

/** What only time changes: when a token was last used, when something was looked at. */
const lasting = (rows: string): string => rows.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d+]*/g, 'then');

describe('organisations', () => {
  it('see their own things, so that there is something not to be seen', async () => {
    const { text } = await ask(tokens.owner, 'GET', `/api/v1/tasks/${known['task']?.[0]}`);
    expect(text).toContain(MARK);
    expect(await rowsOf('owner')).toContain(MARK);
  });

  it('cannot be made by an admin of another than the operator’s', async () => {
    const reply = await ask(tokens.owner, 'POST', '/api/v1/organisations', { tenant: 'evil', name: 'x' });
    expect(reply.status).toBe(404);
  });

  it('have nothing called from the machine of the operator', async () => {
    const server = { over: 'http', url: 'http://127.0.0.1:1/' };
    const reply = await ask(tokens.owner, 'POST', '/api/v1/tools/imports', { server, version: '1' });
    expect(JSON.parse(reply.text)).toMatchObject({ status: 422, code: 'refused-destination' });
  });

  it('show nothing to each other and change nothing of each other, whatever operation is tried', async () => {
    const document = JSON.parse((await apiDocuments()[0]?.produce()) ?? '{}') as OpenApiDocument;
    const before = lasting(await rowsOf('owner'));
    const seen: string[] = [];
    for (const placed of operationsOf(document)) {
      if (placed.path === '/api/v1/events' || placed.path.endsWith('/stream')) continue;
      const request = requestTo({ document, known, passesGuards: true }, placed);
      await fc.assert(
        fc.asyncProperty(request, async (asked) => {
          const { url: path, payload } = asked as { readonly url: string; readonly payload?: string };
          const reply = await fetch(`${url}${path}`, {
            method: placed.method,
            headers: {
              ...(asked.headers as Record<string, string>),
              host: '127.0.0.1',
              authorization: `Bearer ${tokens.stranger}`,
            },
            ...(payload !== undefined && { body: payload }),
            signal: AbortSignal.timeout(20_000),
          });
          // What was sent may come back, and what the stranger made by it; nobody sends this.
          if ((await reply.text()).includes(SECRET)) seen.push(`${placed.method} ${placed.path}`);
        }),
        { numRuns: RUNS },
      );
    }
    expect(seen).toEqual([]);
    expect(lasting(await rowsOf('owner'))).toBe(before);
  }, 120_000);

  it('are not found by each other’s ids', async () => {
    const stranger = async (path: string) => (await ask(tokens.stranger, 'GET', path)).status;
    expect(await stranger(`/api/v1/tasks/${known['task']?.[0]}`)).toBe(404);
    expect(await stranger(`/api/v1/workflows/${known['workflow']?.[0]}`)).toBe(404);
    expect(await stranger(`/api/v1/registered-agents/${TRACK}`)).toBe(405);
    const events = await ask(tokens.stranger, 'GET', '/api/v1/events?follow=false');
    expect(events.text).not.toContain(MARK);
  });

  it('do not hear each other’s tasks', async () => {
    const list = await api(tokens.stranger).tasks(TRACK, {});
    expect(list.ok ? list.value.items : list).not.toContainEqual(expect.objectContaining({ track: TRACK }));
  });
});

const transportOf = (token: string) =>
  createGrpcTransport({
    baseUrl: url,
    interceptors: [
      (next) => (request) => {
        request.header.set('authorization', `Bearer ${token}`);
        return next(request);
      },
    ],
  });

/** A message with something in every field: ids and names that the owner's things have, wherever text may stand. */
function filled(schema: DescMessage, depth = 0): MessageInitShape<DescMessage> {
  const values = schema.fields.flatMap((field): [string, unknown][] => {
    if (field.oneof && field.oneof.fields[0] !== field) return [];
    const one = valueIn(field, depth);
    if (one === undefined) return [];
    const value = field.fieldKind === 'list' ? [one] : one;
    return field.oneof
      ? [[field.oneof.localName, { case: field.localName, value }]]
      : [[field.localName, value]];
  });
  return Object.fromEntries(values);
}

function valueIn(field: DescField, depth: number): unknown {
  const message = field.fieldKind === 'message' || field.fieldKind === 'list' ? field.message : undefined;
  if (message) {
    if (depth > 3 || message.typeName.startsWith('google.protobuf.')) return undefined;
    return create(message, filled(message, depth + 1));
  }
  if (field.fieldKind === 'map') return undefined;
  if (field.fieldKind === 'enum' || (field.fieldKind === 'list' && field.enum)) return 1;
  if (field.scalar === ScalarType.STRING) return textFor(field.name);
  return field.scalar === ScalarType.INT32 || field.scalar === ScalarType.UINT32 ? 1 : undefined;
}

const textFor = (name: string): string =>
  known[name.replace(/_id$/, '')]?.[0] ?? (/^(id|agent|queue|track)/.test(name) ? TRACK : MARK);

describe('calls over gRPC', () => {
  it.each(
    SERVICES.flatMap((service) =>
      service.methods.map((method): [string, DescService, DescMethod] => [
        `${service.name}.${method.name}`,
        service,
        method,
      ]),
    ),
  )('show nothing to another organisation, and change nothing of it: %s', async (_name, service, method) => {
    const before = lasting(await rowsOf('owner'));
    const transport = transportOf(tokens.stranger);
    const signal = AbortSignal.timeout(1_500);
    const heard: string[] = [];
    const message = create(method.input, filled(method.input));
    async function* sent() {
      yield message;
    }
    try {
      const streams = method.methodKind !== 'unary';
      if (!streams) {
        const reply = await transport.unary(method as never, signal, undefined, undefined, message as never);
        heard.push(toJsonString(method.output, reply.message));
      } else {
        const reply = await transport.stream(method as never, signal, undefined, undefined, sent() as never);
        for await (const part of reply.message) heard.push(toJsonString(method.output, part));
      }
    } catch (thrown) {
      heard.push(ConnectError.from(thrown).message);
    }
    // What was sent may come back; what only the owner's rows hold may not.
    expect(heard.join('\n')).not.toContain(SECRET);
    expect(service.typeName).toMatch(/^sluice\./);
    expect(lasting(await rowsOf('owner'))).toBe(before);
  });
});

describe('a call of somebody who has a role in one environment', () => {
  const agentSeenFrom = async (environment: string) => {
    const roles = [{ role: 'viewer', project: '*', environment }];
    const made = await ask(tokens.owner, 'POST', '/api/v1/tokens', { name: `of-${environment}`, roles });
    expect(made.status, made.text).toBeLessThan(300);
    const { token } = JSON.parse(made.text) as { token: string };
    return createClient(AgentService, transportOf(token)).getAgent({ id: TRACK });
  };

  it('is about agents of that environment', async () => {
    expect((await agentSeenFrom('production')).agent).toMatchObject({ id: TRACK, category: SECRET });
  });

  it('is refused about those of another', async () => {
    await expect(agentSeenFrom('staging')).rejects.toThrow(
      /has no role with agents:read in the environment production/,
    );
  });
});

// After what compares the rows of the owner.
describe('Slack', () => {
  it('is heard at the address with the name of an organisation, by its own secret', async () => {
    await ask(tokens.owner, 'PUT', '/api/v1/secrets/channel-slack-signing', { value: 'of the owner' });
    const settings = { kind: 'slack', signingSecret: { secret: 'channel-slack-signing' } };
    const entry = { at: Date.now(), actor: 'test', action: 'channelAdded', subject: 'team', detail: {} };
    await putChannel(database.db, 'owner', { name: 'team', settings }, entry);
    const press = async (path: string, secret: string): Promise<number> => {
      const timestamp = String(Math.floor(Date.now() / 1000));
      const body = `payload=${randomUUID()}`;
      const signed = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${signed}`,
      };
      return (await fetch(`${url}/hooks/slack/${path}`, { method: 'POST', headers, body })).status;
    };
    expect(await press('owner/team', 'of the owner')).toBe(200);
    expect(await press('owner/team', 'of somebody')).toBe(401);
    for (const path of ['team', 'default/team', 'stranger/team', 'nobody/team', 'owner/none'])
      expect(await press(path, 'of the owner'), path).toBe(404);
    await removeChannel(database.db, 'owner', 'team', { ...entry, action: 'channelRemoved' });
  });
});

describe('an organisation whose members come from an address from which somebody guesses', () => {
  it('is served as before, while what is guessed is not looked up any more', async () => {
    const expectServed = async (): Promise<void> => {
      for (const [tenant, token] of Object.entries(tokens)) {
        const { status, text } = await ask(token, 'GET', '/api/v1/whoami');
        expect([status, JSON.parse(text)]).toMatchObject([200, { tenant }]);
      }
    };
    const wrong = (index: number) => `slu_${String(index).padStart(16, '0')}_${'A'.repeat(43)}`;
    const guess = async (index: number) => {
      const { text } = await ask(wrong(index), 'GET', '/api/v1/whoami');
      return (JSON.parse(text) as { code: string }).code;
    };
    await expectServed();
    const seen = new Set<string>();
    for (let round = 0; round < 10 && !seen.has('too-many-guesses'); round += 1)
      for (const code of await Promise.all(Array.from({ length: 40 }, (_, at) => guess(round * 40 + at))))
        seen.add(code);
    expect(seen).toEqual(new Set(['unknown-credentials', 'too-many-guesses']));
    await expectServed();
  });
});
