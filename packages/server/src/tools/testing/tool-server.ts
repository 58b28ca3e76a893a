import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { assert } from '@sluice/core/kernel/assert.ts';
import { type RevisionId, revisionId, type TrackId, trackId } from '@sluice/core/kernel/ids.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import type { HookSpec } from '@sluice/core/tasks/hook-spec.ts';
import type { ToolDefinition } from '@sluice/core/tasks/tool-definition.ts';
import { toolReferenceOf } from '@sluice/core/tasks/tool-spec.ts';
import type { ToolRequest } from '@sluice/protocol/http/tools.ts';
import type { Database } from '../../store/database/open-database.ts';
import { claimTasks, type LeasedTask } from '../../store/tasks/claim-tasks.ts';
import { submitTasks } from '../../store/tasks/submit-tasks.ts';
import { putTaskSplit } from '../../store/tasks/task-queues.ts';
import { loopbackOutgoing } from '../../outgoing/testing/outgoing-under.ts';
import type { RevisionRecord } from '../../targets/revision-record.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { newTaskId } from '../../tasks/task-id.ts';
import { type RunningTools, runTools, type ToolParts } from '../run-tools.ts';
import type { ToolCallAnswer, ToolCallRequest } from '../tool-calls.ts';

/** For tests: who owns everything. */
export const TENANT = 'default';
/** For tests: the component whose agents call tools. */
export const AGENT: TrackId = trackId('shop', 'production', 'agent');
/** For tests: the revision of these agents. */
export const REVISION: RevisionId = revisionId('agent-1');

/** What a component of agents declares. */
export interface Declared {
  /** `{ find: ['find-order@1'] }` */
  readonly tools?: Readonly<Record<string, readonly string[]>>;
  readonly hooks?: readonly HookSpec[];
  /** Values of its secrets. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly directory?: string;
}

/** For tests: a server's tools over a real database. */
export class ToolServer {
  readonly running: RunningTools;
  readonly scored: unknown[] = [];
  readonly metrics = createMetrics({ processMetrics: false });
  readonly #db: Database;

  constructor(db: Database, declared: Declared, more: Partial<ToolParts> = {}) {
    this.#db = db;
    this.running = runTools({
      ...{ db, tenant: TENANT, holder: randomUUID(), log: pino({ level: 'silent' }), now: Date.now },
      ...{ newId: () => newTaskId(Date.now()), elapsedMs: () => performance.now(), environment: process.env },
      readSecrets: async (secrets) =>
        Object.fromEntries(Object.keys(secrets).map((name) => [name, `value of ${name}`])),
      scored: (...scores) => void this.scored.push(scores),
      metrics: this.metrics,
      outgoing: loopbackOutgoing(),
      revision: async () => recordOf(declared),
      variablesOf: async () => ({ env: {}, secrets: declared.secrets ?? {} }),
      ...more,
    });
  }

  async register(definition: Partial<ToolDefinition> & Pick<ToolDefinition, 'runner'>): Promise<void> {
    const tool = {
      ...{ name: 'find-order', version: '1', description: '', input: { type: 'object' }, output: null },
      ...{ readOnly: false, idempotent: false, timeoutMs: 10_000, retries: 0, ...definition },
    } as unknown as ToolRequest['tool'];
    const added = await this.running.registry.add({ tool, by: 'ada' });
    assert(added.ok, JSON.stringify(added));
  }

  /** What comes of a call, or the code of its refusal. */
  async call(
    request: Partial<ToolCallRequest> & Pick<ToolCallRequest, 'taskId'>,
  ): Promise<ToolCallAnswer | string> {
    const answer = await this.running.desk.call(TENANT, {
      ...{
        attempt: 1,
        worker: 'one',
        call: randomUUID(),
        tool: 'find',
        arguments: {},
        ownTools: [],
        ...request,
      },
    });
    return answer.ok ? answer.value : answer.refusal.code;
  }

  /** A task that a worker has, by its id. */
  async task(more: Parameters<typeof submitted>[1] = {}): Promise<LeasedTask> {
    const { id } = await submitted(this.#db, more);
    const leased = await claimTasks(this.#db, TENANT, {
      ...{ queue: AGENT, revision: REVISION, abilities: [], sessions: [], leaseMs: 60_000, workers: ['one'] },
    });
    const task = leased.find((one) => one.id === id);
    assert(task !== undefined, 'it was waiting');
    return task;
  }

  close(): Promise<void> {
    return this.running.close();
  }
}

/** For tests: a task that waits. */
export async function submitted(
  db: Database,
  {
    session = null,
    shadowOf = null,
  }: { readonly session?: string | null; readonly shadowOf?: string | null } = {},
): Promise<{ readonly id: string }> {
  const id = newTaskId(Date.now());
  await putTaskSplit(db, TENANT, { queue: AGENT, generation: 1, split: { weights: [] } });
  const task = {
    ...{ id, revision: REVISION, lane: '', priority: 5, fairnessKey: '', session, weight: 1 },
    ...{ dueAt: null, deadlineAt: null, idempotencyKey: null, input: { text: 'hello' }, shadowOf },
  };
  await submitTasks(db, TENANT, { queue: AGENT, generation: 1, tasks: [task] });
  return { id };
}

function recordOf({ tools = {}, hooks = [], directory }: Declared): RevisionRecord {
  const agents = {
    ...{ retry: DEFAULT_RETRY_POLICY, unfinished: 'finish', hooks },
    tools: Object.entries(tools).map(([name, served]) => ({
      name,
      servedBy: served.flatMap((text) => toolReferenceOf(text) ?? []),
    })),
  };
  return {
    ...{ id: REVISION, track: AGENT, version: 'v1', checks: [], directory: directory ?? null },
    component: { name: 'agent', agents } as unknown as RevisionRecord['component'],
  };
}
