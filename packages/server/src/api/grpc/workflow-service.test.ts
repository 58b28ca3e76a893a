import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { TeamworkService } from '@sluice/protocol/generated/sluice/agents/v1/teamwork_pb.js';
import {
  FailurePolicy,
  WorkflowService,
  WorkflowState,
} from '@sluice/protocol/generated/sluice/agents/v1/workflows_pb.js';
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import { type AgentServer, startAgentServer } from './testing/agent-server.ts';

const QUEUE = trackId('shop', 'production', 'agent');
const UNKNOWN = '01936b2e-4c00-7000-8000-00000000dead';
const database = withDatabase();
let server: AgentServer;
let client: Client<typeof WorkflowService>;
beforeEach(async () => {
  server = await startAgentServer({ db: database.db, queue: QUEUE, revisions: [revisionId('agent-1')] });
  client = createClient(WorkflowService, createGrpcTransport({ baseUrl: server.url }));
});
afterEach(() => server.stop());

const task = { agentId: QUEUE };
const codeOf = async (call: Promise<unknown>): Promise<Code | null> => {
  const thrown: unknown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  return thrown === null ? null : ConnectError.from(thrown).code;
};

describe('a workflow', () => {
  it('is taken once by its key, shown with its tasks, listed and cancelled', async () => {
    const request = {
      tasks: [
        { name: 'a', task: { ...task, priority: 7 } },
        { name: 'b', task, after: ['a'], join: { join: { case: 'quorum', value: 1 } } as const },
      ],
      onFailure: FailurePolicy.COMPENSATE,
      limits: { tasks: 5, costMicros: 10n },
      idempotencyKey: 'k',
    };
    const taken = await client.submitWorkflow(request);
    expect(taken).toMatchObject({ isNew: true, tasks: [{ name: 'a' }, { name: 'b' }] });
    expect(await client.submitWorkflow(request)).toMatchObject({ id: taken.id, isNew: false });
    expect(await client.getWorkflow({ id: taken.id })).toMatchObject({
      workflow: { name: 'workflow', state: WorkflowState.RUNNING, tasks: 2, open: 2 },
      nodes: [
        { name: 'a', state: 'waiting', agentId: QUEUE },
        { name: 'b', state: 'blocked', after: ['a'] },
      ],
    });
    const ids = async (state: WorkflowState): Promise<readonly string[]> => {
      const found: string[] = [];
      for await (const { workflow } of client.listWorkflows({ state, limit: 10 }))
        found.push(workflow?.id ?? '');
      return found;
    };
    expect(await ids(WorkflowState.UNSPECIFIED)).toEqual([taken.id]);
    await client.cancelWorkflow({ id: taken.id, reason: 'enough' });
    await vi.waitFor(async () => expect(await ids(WorkflowState.CANCELLED)).toEqual([taken.id]), {
      timeout: 10_000,
    });
    expect(await ids(WorkflowState.RUNNING)).toEqual([]);
    expect(await codeOf(client.cancelWorkflow({ id: taken.id }))).toBe(Code.FailedPrecondition);
  });

  test.each([
    ['without an agent', { tasks: [{ name: 'a' }] }],
    ['in a circle', { tasks: [{ name: 'a', task, after: ['a'] }] }],
    ['beyond its limits', { tasks: ['a', 'b'].map((name) => ({ name, task })), limits: { tasks: 1 } }],
  ])('%s is refused', async (_, request) => {
    expect(await codeOf(client.submitWorkflow(request))).toBe(Code.InvalidArgument);
  });

  it('that nobody knows is not found', async () => {
    expect(await codeOf(client.getWorkflow({ id: UNKNOWN }))).toBe(Code.NotFound);
    expect(await codeOf(client.getWorkflow({ id: 'odd' }))).toBe(Code.NotFound);
  });
});

test('whoever has no task can spawn nothing, wait for nothing, and gets no mail', async () => {
  const team = createClient(TeamworkService, createGrpcTransport({ baseUrl: server.url }));
  const attempt = { worker: 'w', taskId: UNKNOWN, attempt: 1 };
  const joining = async (): Promise<void> => {
    for await (const end of team.joinTasks({ attempt, taskIds: [UNKNOWN] })) expect(end).toBe(null);
  };
  const to = { to: { case: 'agentId', value: QUEUE } } as const;
  for (const call of [
    () => team.spawnTasks({ attempt, tasks: [{ name: 'a', task }] }),
    joining,
    () => team.sendMessage({ attempt, to, key: 'k' }),
    () => team.receiveMessages({ attempt, limit: 1 }),
    () => team.acknowledgeMessages({ attempt }),
  ])
    expect(await codeOf(call())).toBe(Code.FailedPrecondition);
  expect(await codeOf(team.sendMessage({ attempt, key: 'k' }))).toBe(Code.InvalidArgument);
  expect(await codeOf(team.spawnTasks({ tasks: [] }))).toBe(Code.InvalidArgument);
});
