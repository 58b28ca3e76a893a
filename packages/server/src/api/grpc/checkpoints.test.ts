import { Code, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WorkerService } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { TASK_LIMITS } from '@sluice/core/tasks/task-limits.ts';
import { deleteOldCheckpoints } from '../../store/tasks/task-checkpoints.ts';
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
const hire = (server: AgentServer, worker: string): GrpcWorker => {
  const hired = new GrpcWorker(server.url);
  workers.push(hired);
  hired.say({ case: 'hello', value: { worker, agentId: QUEUE, revision: 'agent-1' } });
  hired.say({ case: 'want', value: { more: 1 } });
  return hired;
};
const assignedTo = async (worker: GrpcWorker) => {
  await vi.waitFor(() => expect(worker.assigned.length).toBeGreaterThan(0), PATIENCE);
  const task = worker.assigned.at(-1);
  assert(task !== undefined, 'it was assigned');
  return task;
};
const valueOf = (json: unknown) => {
  const value = valueOfJson(json);
  assert(value.ok, 'it is JSON');
  return value.value;
};
const clientOf = (server: AgentServer) =>
  createClient(WorkerService, createGrpcTransport({ baseUrl: server.url }));

afterEach(async () => {
  for (const worker of workers.splice(0)) worker.die();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe('a checkpoint', () => {
  it('is given to the next attempt, which may be on another server, the latest of them', async () => {
    const [near, far] = [await start(), await start()];
    await near.desk.submit('default', QUEUE, [{ input: 'long' }]);
    const first = hire(near, 'one');
    const task = await assignedTo(first);
    expect(task.checkpoint).toBeUndefined();
    const attempt = { worker: 'one', taskId: task.taskId, attempt: task.attempt };
    const client = clientOf(far);
    await client.saveCheckpoint({ attempt, checkpoint: valueOf({ step: 1 }) });
    await client.saveCheckpoint({ attempt, checkpoint: valueOf({ step: 2 }) });
    first.say({ case: 'return', value: { taskId: task.taskId, attempt: task.attempt } });
    const again = await assignedTo(hire(far, 'two'));
    expect(again).toMatchObject({ taskId: task.taskId, attempt: 2 });
    expect(jsonOfValue(again.checkpoint)).toEqual({ ok: true, value: { step: 2 } });

    await expect(client.saveCheckpoint({ attempt, checkpoint: valueOf({ step: 0 }) })).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      rawMessage: expect.stringContaining('does not have attempt 1'),
    });
  });

  it('is refused when it is too large, or of no attempt', async () => {
    const server = await start();
    const client = clientOf(server);
    await expect(client.saveCheckpoint({ checkpoint: valueOf(1) })).rejects.toMatchObject({
      code: Code.InvalidArgument,
    });
    await server.desk.submit('default', QUEUE, [{ input: 1 }]);
    const { taskId } = await assignedTo(hire(server, 'one'));
    const attempt = { worker: 'one', taskId, attempt: 1 };
    const checkpoint = valueOf('x'.repeat(TASK_LIMITS.payloadBytes));
    await expect(client.saveCheckpoint({ attempt, checkpoint })).rejects.toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: expect.stringContaining('262146 bytes'),
    });
  });

  it('is forgotten once its task has ended, and not before', async () => {
    const server = await start();
    await server.desk.submit('default', QUEUE, [{ input: 1 }]);
    const worker = hire(server, 'one');
    const { taskId } = await assignedTo(worker);
    const attempt = { worker: 'one', taskId, attempt: 1 };
    await clientOf(server).saveCheckpoint({ attempt, checkpoint: valueOf(7) });
    const later = { before: Date.now() + 60_000, limit: 10 };
    expect(await deleteOldCheckpoints(database.db, later)).toBe(0);
    worker.say({ case: 'complete', value: { taskId, attempt: 1 } });
    await vi.waitFor(() => expect(worker.heard.at(-1)?.case).toBe('settled'), PATIENCE);
    expect(await deleteOldCheckpoints(database.db, later)).toBe(1);
  });
});
