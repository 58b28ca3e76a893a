import { Code, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MemoryScope, MemoryService } from '@sluice/protocol/generated/sluice/agents/v1/memory_pb.js';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import { jsonOfValue, valueOfJson } from './json-value.ts';
import { type AgentServer, startAgentServer } from './testing/agent-server.ts';
import { GrpcWorker } from './testing/grpc-worker.ts';

const QUEUE = trackId('shop', 'production', 'agent');
const PATIENCE = { timeout: 15_000, interval: 20 };
const database = withDatabase();
const servers: AgentServer[] = [];
const workers: GrpcWorker[] = [];

const start = async (): Promise<AgentServer> => {
  const server = await startAgentServer({
    db: database.db,
    queue: QUEUE,
    revisions: [revisionId('agent-1')],
  });
  servers.push(server);
  return server;
};
/** A worker that has a task, and how it speaks of its memory. */
const busy = async (server: AgentServer, name: string, task: { session?: string } = {}) => {
  await server.desk.submit('default', QUEUE, [{ input: 1, ...task }]);
  const worker = new GrpcWorker(server.url);
  workers.push(worker);
  worker.say({ case: 'hello', value: { worker: name, agentId: QUEUE, revision: 'agent-1' } });
  worker.say({ case: 'want', value: { more: 1 } });
  await vi.waitFor(() => expect(worker.assigned).toHaveLength(1), PATIENCE);
  const { taskId = '', attempt = 0 } = worker.assigned[0] ?? {};
  const place = (scope: MemoryScope) => ({ scope, attempt: { worker: name, taskId, attempt } });
  return { worker, taskId, attempt, place };
};
const clientOf = (server: AgentServer) =>
  createClient(MemoryService, createGrpcTransport({ baseUrl: server.url }));
const valueOf = (json: unknown) => {
  const value = valueOfJson(json);
  assert(value.ok, 'it is JSON');
  return value.value;
};

afterEach(async () => {
  for (const worker of workers.splice(0)) worker.die();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe('a worker', () => {
  it('remembers for its session, its agent and its tenant, on any server, and finds it again', async () => {
    const [near, far] = [await start(), await start()];
    const one = await busy(near, 'one', { session: 'talk' });
    const client = clientOf(near);
    for (const scope of [MemoryScope.SESSION, MemoryScope.AGENT, MemoryScope.TENANT])
      await client.putMemory({ place: one.place(scope), key: 'k', value: valueOf({ scope }) });
    await client.appendMemory({
      place: one.place(MemoryScope.SESSION),
      key: 'log',
      value: valueOf('said hello'),
    });

    const two = await busy(far, 'two', { session: 'another talk' });
    const other = clientOf(far);
    const read = async (scope: MemoryScope) => {
      const { entry } = await other.getMemory({ place: two.place(scope), key: 'k' });
      return entry === undefined ? null : jsonOfValue(entry.value);
    };
    expect(await read(MemoryScope.SESSION)).toBeNull();
    expect(await read(MemoryScope.AGENT)).toEqual({ ok: true, value: { scope: MemoryScope.AGENT } });
    expect(await read(MemoryScope.TENANT)).toEqual({ ok: true, value: { scope: MemoryScope.TENANT } });
    const place = one.place(MemoryScope.SESSION);
    expect((await client.listMemory({ place })).entries).toMatchObject([
      { key: 'k', lines: 0n },
      { key: 'log', lines: 1n },
    ]);
    expect((await client.readMemoryLines({ place, key: 'log' })).lines).toMatchObject([{ sequence: 1n }]);
    expect((await client.searchMemory({ place, text: 'hello' })).found).toMatchObject([
      { key: 'log', sequence: 1n },
    ]);
    expect(await client.deleteMemory({ place, key: 'log' })).toMatchObject({ wasThere: true });
  });

  it('is refused once it has lost its task, and in a session where there is none', async () => {
    const server = await start();
    const { worker, taskId, attempt, place } = await busy(server, 'one');
    const client = clientOf(server);
    await expect(client.getMemory({ place: place(MemoryScope.SESSION), key: 'k' })).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      rawMessage: expect.stringContaining('belongs to no session'),
    });
    await expect(client.getMemory({ place: place(MemoryScope.UNSPECIFIED), key: 'k' })).rejects.toMatchObject(
      {
        code: Code.InvalidArgument,
      },
    );
    worker.say({ case: 'complete', value: { taskId, attempt } });
    await vi.waitFor(() => expect(worker.heard.at(-1)?.case).toBe('settled'), PATIENCE);
    const late = client.putMemory({ place: place(MemoryScope.AGENT), key: 'k', value: valueOf(1) });
    await expect(late).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      rawMessage: expect.stringContaining('does not have attempt 1'),
    });
  });

  it('changes what it has read, or is told that somebody else did', async () => {
    const server = await start();
    const { place } = await busy(server, 'one');
    const client = clientOf(server);
    const agent = place(MemoryScope.AGENT);
    const { version } = await client.putMemory({
      ...{ place: agent, key: 'k', value: valueOf(1), expectedVersion: 0n },
    });
    await client.putMemory({ place: agent, key: 'k', value: valueOf(2), expectedVersion: version });
    await expect(
      client.putMemory({ place: agent, key: 'k', value: valueOf(3), expectedVersion: version }),
    ).rejects.toMatchObject({ code: Code.Aborted });
  });
});
