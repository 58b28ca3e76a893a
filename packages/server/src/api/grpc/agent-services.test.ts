import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { promisify } from 'node:util';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from '@sluice/protocol/generated/grpc/health/v1/health_pb.js';
import { ServerReflection } from '@sluice/protocol/generated/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionV1Alpha } from '@sluice/protocol/generated/grpc/reflection/v1alpha/reflection_pb.js';
import { AgentService, AgentStatus } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import { type AgentServer, startAgentServer } from './testing/agent-server.ts';

const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const BUF = new URL('../../../../../node_modules/.bin/buf', import.meta.url).pathname;
const database = withDatabase();
const run = promisify(execFile);

const allOf = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
};

let server: AgentServer;
const transport = () => createGrpcTransport({ baseUrl: server.url });
const refusedWith = async (calling: Promise<unknown>): Promise<ConnectError> => {
  const error = await calling.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConnectError);
  return error as ConnectError;
};

beforeEach(async () => {
  server = await startAgentServer({ db: database.db, queue: QUEUE, revisions: [V1] });
});
afterEach(() => server.stop());

describe('agents over gRPC', () => {
  it('are listed and read', async () => {
    const client = createClient(AgentService, transport());
    const { agent } = await client.getAgent({ id: QUEUE });
    expect(agent).toMatchObject({
      ...{
        id: QUEUE,
        status: AgentStatus.INACTIVE,
        capabilities: ['triage'],
        configuration: { model: 'none' },
      },
    });
    const listed = async (request: object): Promise<string[]> =>
      (await allOf(client.listAgents(request))).flatMap((answer) => answer.agent?.id ?? []);
    expect(await listed({})).toEqual([QUEUE]);
    expect(await listed({ category: 'support', capability: 'triage' })).toEqual([QUEUE]);
    expect(await listed({ category: 'sales' })).toEqual([]);
    expect(await listed({ capability: 'none' })).toEqual([]);
    for (const id of ['shop/production/other', 'no', '\0', '']) {
      const error = await refusedWith(client.getAgent({ id }));
      expect(Code[error.code]).toBe('NotFound');
    }
  });

  it('that Sluice does not deliver cannot be registered where nobody keeps them', async () => {
    const client = createClient(AgentService, transport());
    const agent = { id: 'shop/production/other', name: 'other' };
    for (const calling of [
      () => client.createAgent({ agent }),
      () => client.updateAgent({ agent }),
      () => client.deleteAgent({ id: agent.id }),
    ]) {
      const error = await refusedWith(calling());
      expect(Code[error.code]).toBe('Unimplemented');
      expect(error.message).toContain('sluice deploy');
    }
    const faulty = [
      undefined,
      { id: 'no id' },
      { ...agent, name: 'x'.repeat(201) },
      { ...agent, capabilities: ['no good'] },
    ];
    for (const wrong of faulty) {
      const error = await refusedWith(client.createAgent(wrong ? { agent: wrong } : {}));
      expect(Code[error.code]).toBe('InvalidArgument');
    }
  });

  it('answer to gRPC-Web, and to plain JSON', async () => {
    const web = createClient(
      AgentService,
      createGrpcWebTransport({ baseUrl: server.url, httpVersion: '1.1' }),
    );
    expect((await web.getAgent({ id: QUEUE })).agent?.id).toBe(QUEUE);
    const post = (id: string): Promise<Response> =>
      fetch(`${server.url}/sluice.agents.v1.AgentService/GetAgent`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id }),
      });
    const answer = await post(QUEUE);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ agent: { id: QUEUE, status: 'AGENT_STATUS_INACTIVE' } });
    expect(answer.headers.get('x-request-id')).not.toBeNull();
    const refused = await post('shop/production/other');
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({
      code: 'not_found',
      details: [{ type: 'sluice.agents.v1.Refusal', debug: { code: 'no-such-agent' } }],
    });
  });

  it('are kept from strangers over HTTP/2 as well', async () => {
    const statusFor = async (headers: object): Promise<number | undefined> => {
      const session = connectHttp2(server.url);
      const stream = session.request({
        ':method': 'POST',
        ':path': '/sluice.agents.v1.AgentService/GetAgent',
        ...headers,
      });
      stream.end();
      const status = new Promise<number | undefined>((resolve) =>
        stream.once('response', (answer) => resolve(answer[':status'])),
      );
      return status.finally(() => session.destroy());
    };
    const json = { 'content-type': 'application/json' };
    expect(await statusFor({ ...json, ':authority': 'evil.example' })).toBe(421);
    expect(await statusFor({ ...json, host: 'localhost', ':authority': 'evil.example' })).toBe(421);
    expect(await statusFor({ ...json, origin: 'https://evil.example' })).toBe(403);
    expect(await statusFor({ ':path': '/no/such/path' })).toBe(404);
  });
});

describe('health and reflection', () => {
  it('tell whether the server serves, and tell again when that changes', async () => {
    const client = createClient(Health, transport());
    expect((await client.check({})).status).toBe(Status.SERVING);
    expect((await client.check({ service: AgentService.typeName })).status).toBe(Status.SERVING);
    expect(Code[(await refusedWith(client.check({ service: 'no.such' }))).code]).toBe('NotFound');
    const watching = new AbortController();
    const heard = client.watch({}, { signal: watching.signal })[Symbol.asyncIterator]();
    expect((await heard.next()).value?.status).toBe(Status.SERVING);
    server.setReady(false);
    expect((await heard.next()).value?.status).toBe(Status.NOT_SERVING);
    watching.abort();
    await expect(heard.next()).rejects.toBeInstanceOf(ConnectError);
    const { statuses } = await client.list({});
    expect(statuses[AgentService.typeName]?.status).toBe(Status.NOT_SERVING);
    server.setReady('failing');
    expect((await client.check({})).status).toBe(Status.NOT_SERVING);
  });

  it.each([
    ['v1', ServerReflection],
    ['v1alpha', ServerReflectionV1Alpha],
  ] as const)('show what is served, in version %s', async (_version, service) => {
    const client = createClient(service as typeof ServerReflection, transport());
    const asked = [
      { case: 'listServices', value: '' },
      { case: 'fileContainingSymbol', value: 'sluice.agents.v1.AgentService.ExecuteAgent' },
      { case: 'fileByFilename', value: 'google/protobuf/struct.proto' },
      { case: 'fileContainingSymbol', value: 'no.such.Thing' },
    ] as const;
    const requests = async function* () {
      for (const messageRequest of asked) yield { host: 'here', messageRequest };
    };
    const answers = await allOf(client.serverReflectionInfo(requests()));
    expect(answers.map(({ messageResponse }) => messageResponse)).toMatchObject([
      {
        case: 'listServicesResponse',
        value: {
          service: expect.arrayContaining(
            [{ name: AgentService.typeName }].map((one) => expect.objectContaining(one)),
          ),
        },
      },
      { case: 'fileDescriptorResponse' },
      { case: 'fileDescriptorResponse' },
      { case: 'errorResponse', value: { errorCode: 5 } },
    ]);
  });

  // The binary of buf is there for few platforms.
  it.skipIf(!existsSync(BUF))('are enough for `buf curl` to call what it knows nothing of', async () => {
    const url = `${server.url}/sluice.agents.v1.AgentService/GetAgent`;
    for (const protocol of ['grpc', 'connect', 'grpcweb']) {
      const call = [
        'curl',
        '--http2-prior-knowledge',
        '--protocol',
        protocol,
        '--data',
        JSON.stringify({ id: QUEUE }),
        url,
      ];
      const { stdout } = await run(BUF, call);
      expect(JSON.parse(stdout)).toMatchObject({ agent: { id: QUEUE, category: 'support' } });
    }
  });
});
