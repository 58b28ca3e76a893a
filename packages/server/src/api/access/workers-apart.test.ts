/** A worker of one track is nobody to another, whichever way it says who it is: over the store, a real port and gRPC. */
import { Code, type ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { MemoryScope, MemoryService } from '@sluice/protocol/generated/sluice/agents/v1/memory_pb.js';
import { PayloadService } from '@sluice/protocol/generated/sluice/agents/v1/payloads_pb.js';
import { TeamworkService } from '@sluice/protocol/generated/sluice/agents/v1/teamwork_pb.js';
import { WorkerService } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { AgentService } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { revisionId, type TrackId, trackId } from '@sluice/core/kernel/ids.ts';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { storedIdentities } from '../../access/identities.ts';
import { storedGuard } from '../../access/stored-guard.ts';
import { issueWorkerToken } from '../../access/workers/issue-worker-token.ts';
import { revokeToken } from '../../store/access/tokens.ts';
import { TENANT } from '../../store/testing/track-fixtures.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import { type AgentServer, startAgentServer } from '../grpc/testing/agent-server.ts';
import { GrpcWorker } from '../grpc/testing/grpc-worker.ts';

const TRIAGE = trackId('shop', 'production', 'triage');
const BILLING = trackId('shop', 'production', 'billing');
const ELSEWHERE = trackId('shop', 'staging', 'triage');
const HOUR_MS = 3_600_000;
const PATIENCE = { timeout: 15_000, interval: 20 };
const database = withDatabase();

let triage: AgentServer;
let billing: AgentServer;
const clock = { now: Date.now() };
const workers: GrpcWorker[] = [];
beforeEach(async () => {
  const identities = storedIdentities(database.db, () => clock.now);
  const access = storedGuard({ db: database.db, identities, anonymous: [] });
  const start = (queue: TrackId) =>
    startAgentServer({ db: database.db, queue, revisions: [revisionId('agent-1')], access });
  [triage, billing] = [await start(TRIAGE), await start(BILLING)];
});
afterEach(async () => {
  clock.now = Date.now();
  for (const worker of workers.splice(0)) worker.die();
  await Promise.all([triage.stop(), billing.stop()]);
});

const tokenOf = (track: TrackId) =>
  issueWorkerToken(database.db, TENANT, {
    ...{ track, at: clock.now, expiresAt: clock.now + HOUR_MS, createdBy: 'system' },
  });

const transportTo = (server: AgentServer, token: string | null) => {
  const shown: Interceptor = (next) => (request) => {
    if (token !== null) request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
  return createGrpcTransport({ baseUrl: server.url, interceptors: [shown] });
};

/** A worker that comes with a token and says of which agent it is. */
function come(server: AgentServer, token: string | null, hello: object): GrpcWorker {
  const worker = new GrpcWorker(server.url, transportTo(server, token));
  workers.push(worker);
  worker.say({ case: 'hello', value: { worker: 'w', revision: 'agent-1', ...hello } });
  worker.say({ case: 'want', value: { more: 1 } });
  return worker;
}

/** The worker of billing with a task of it, and how it speaks of the attempt. */
async function busyBilling() {
  const { text } = await tokenOf(BILLING);
  await billing.desk.submit(TENANT, BILLING, [{ input: { invoice: 1 } }]);
  const worker = come(billing, text, { agentId: BILLING });
  await vi.waitFor(() => expect(worker.assigned).toHaveLength(1), PATIENCE);
  const { taskId = '', attempt = 0 } = worker.assigned[0] ?? {};
  return { worker, token: text, attempt: { worker: 'w', taskId, attempt } };
}

async function* upload(attempt: object) {
  yield { part: { case: 'header' as const, value: { mediaType: 'text/plain', attempt } } };
  yield { part: { case: 'chunk' as const, value: Buffer.from('an invoice') } };
}

const REFUSED = expect.objectContaining({
  code: Code.PermissionDenied,
  message: expect.stringContaining('A worker of shop/production/triage serves that agent alone'),
});

describe('a worker with the token of its track', () => {
  it('is given the tasks of that track, and none of another', async () => {
    const { attempt, worker } = await busyBilling();
    const { text } = await tokenOf(TRIAGE);
    expect(await come(billing, text, { agentId: BILLING, worker: 'thief' }).ended).toEqual(REFUSED);
    const held = [{ taskId: attempt.taskId, attempt: attempt.attempt }];
    expect(await come(triage, text, { agentId: TRIAGE, held }).ended).toEqual(REFUSED);
    const own = come(triage, text, { agentId: TRIAGE });
    await vi.waitFor(() => expect(own.heard[0]?.case).toBe('welcome'), PATIENCE);
    // The other has its name, but is no other session of it.
    worker.say({ case: 'complete', value: { taskId: attempt.taskId, attempt: attempt.attempt } });
    await vi.waitFor(() => expect(worker.heard.at(-1)?.case).toBe('settled'), PATIENCE);
  });

  it('reaches nothing by an attempt of another track, though it knows all of its name', async () => {
    const { attempt, token } = await busyBilling();
    const { text } = await tokenOf(TRIAGE);
    const attemptsOf = (shown: string) => {
      const transport = transportTo(billing, shown);
      const memory = createClient(MemoryService, transport);
      const place = { scope: MemoryScope.AGENT, attempt };
      const team = createClient(TeamworkService, transport);
      const to = { to: { case: 'agentId' as const, value: BILLING } };
      const body = { kind: { case: 'stringValue' as const, value: 'x' } };
      return [
        () => memory.putMemory({ place, key: 'k', value: body }),
        () => memory.getMemory({ place, key: 'k' }),
        () => createClient(WorkerService, transport).saveCheckpoint({ attempt, checkpoint: body }),
        () => createClient(PayloadService, transport).uploadPayload(upload(attempt)),
        () => team.sendMessage({ attempt, to, body, key: 'k' }),
        () => team.receiveMessages({ attempt }),
        () => team.spawnTasks({ attempt, tasks: [{ name: 'a', task: { agentId: BILLING } }] }),
      ];
    };
    for (const call of attemptsOf(text)) await expect(call()).rejects.toEqual(REFUSED);
    for (const call of attemptsOf(token)) await call();
  });

  it('reads payloads of its own tasks alone', async () => {
    const { attempt, token } = await busyBilling();
    const client = (shown: string) => createClient(PayloadService, transportTo(billing, shown));
    const { payload } = await client(token).uploadPayload(upload(attempt));
    const read = async (shown: string) => {
      const parts = [];
      for await (const { part } of client(shown).downloadPayload({ payload })) parts.push(part.case);
      return parts;
    };
    expect(await read(token)).toEqual(['description', 'chunk']);
    const { text } = await tokenOf(TRIAGE);
    await expect(read(text)).rejects.toEqual(REFUSED);
    // Who is given a task with it may read it as well.
    await triage.desk.submit(TENANT, TRIAGE, [{ input: { $payload: payload } }]);
    expect(await read(text)).toEqual(['description', 'chunk']);
  });

  it('gives work to agents of its environment, and to none of another', async () => {
    const { attempt, token } = await busyBilling();
    const team = createClient(TeamworkService, transportTo(billing, token));
    const sentTo = (value: string) =>
      team.sendMessage({
        ...{ attempt, key: value, to: { to: { case: 'agentId', value } } },
        body: { kind: { case: 'nullValue', value: 0 } },
      });
    await sentTo(TRIAGE);
    await expect(sentTo(ELSEWHERE)).rejects.toMatchObject({ code: Code.PermissionDenied });
  });

  it('writes to tasks of its environment, and to none of another', async () => {
    const { attempt, token } = await busyBilling();
    const staging = await startAgentServer({
      ...{ db: database.db, queue: ELSEWHERE, revisions: [revisionId('agent-1')] },
    });
    onTestFinished(() => staging.stop());
    const taskOf = async (server: AgentServer, queue: TrackId): Promise<string> => {
      const taken = await server.desk.submit(TENANT, queue, [{ input: 1 }]);
      return taken.ok ? (taken.value[0]?.id ?? '') : '';
    };
    const team = createClient(TeamworkService, transportTo(billing, token));
    const sentTo = (value: string) =>
      team.sendMessage({
        ...{ attempt, key: value, to: { to: { case: 'taskId', value } } },
        body: { kind: { case: 'nullValue', value: 0 } },
      });
    await sentTo(await taskOf(triage, TRIAGE));
    await expect(sentTo(await taskOf(staging, ELSEWHERE))).rejects.toMatchObject({
      code: Code.PermissionDenied,
    });
  });

  it('may do nothing but work', async () => {
    const { text } = await tokenOf(TRIAGE);
    const agents = createClient(AgentService, transportTo(triage, text));
    await expect(agents.getAgent({ id: TRIAGE })).rejects.toMatchObject({ code: Code.PermissionDenied });
    const asked = await fetch(`${triage.url}/api/v1/tracks`, {
      headers: { authorization: `Bearer ${text}` },
    });
    expect(asked.status).toBe(403);
  });

  it('is nobody once the token has expired or was revoked, nor without one', async () => {
    const { id, text } = await tokenOf(TRIAGE);
    const failureOf = async (token: string | null) =>
      (await come(triage, token, { agentId: TRIAGE }).ended) as ConnectError;
    const entry = { at: clock.now, actor: 'ada', action: 'tokenRevoked', subject: id, detail: {} };
    const revoked = await tokenOf(TRIAGE);
    await revokeToken(database.db, TENANT, revoked.id, entry);
    expect(await failureOf(revoked.text)).toMatchObject({ code: Code.Unauthenticated });
    clock.now += HOUR_MS;
    expect(await failureOf(text)).toMatchObject({ code: Code.Unauthenticated });
    const shown = await failureOf(null);
    expect(shown).toMatchObject({ code: Code.Unauthenticated });
    expect(shown.message).toContain('sluice token create NAME --role worker');
  });
});
