import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { USUAL_LIMITS, type WorkflowNode, type WorkflowSpec } from '@sluice/core/tasks/workflow-spec.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import { pino } from 'pino';
import type { Database } from '../../store/database/open-database.ts';
import { claimTasks, type LeasedTask } from '../../store/tasks/claim-tasks.ts';
import { settleTasks, type TaskEnd } from '../../store/tasks/settle-tasks.ts';
import { putTaskSplit } from '../../store/tasks/task-queues.ts';
import { listNodes, readWorkflow } from '../../store/workflows/read-workflows.ts';
import type { ShownNode, WorkflowRow } from '../../store/workflows/workflow-row.ts';
import { newTaskId } from '../../tasks/task-id.ts';
import { postgresTaskEngine } from '../../tasks/postgres-task-engine.ts';
import { taskDesk } from '../../tasks/task-desk.ts';
import { submitWorkflow } from '../submit-workflow.ts';
import { type WorkflowClock, workflowClock } from '../workflow-clock.ts';
import type { WorkflowPorts } from '../workflow-ports.ts';

/** The only tenant but for strangers. */
export const TENANT = 'default';
/** The agent of most tasks. */
export const AGENT = trackId('shop', 'production', 'agent');
/** Another agent of the same application. */
export const OTHER = trackId('shop', 'production', 'other');
/** The revision that both are served by. */
export const V1 = revisionId('agent-1');

/** How an attempt ends: its result, or a failure for good. */
export type Ending = { readonly result: unknown } | { readonly fails: string } | null;

/** For tests: what a server has for workflows, and workers that are one function. */
export interface WorkflowWorld {
  readonly ports: WorkflowPorts;
  readonly clock: WorkflowClock;
  /** Tasks that were taken away from whoever had them. */
  readonly revoked: string[];
  submit(spec: WorkflowSpec, key?: string): Promise<string>;
  claim(limit?: number): Promise<readonly LeasedTask[]>;
  end(task: LeasedTask, ending: Ending): Promise<boolean>;
  /** Works and follows until nothing is left to do; gives what was worked on, in that order. */
  run(work: (task: LeasedTask) => Ending | Promise<Ending>): Promise<readonly LeasedTask[]>;
  workflow(id: string): Promise<WorkflowRow>;
  /** The tasks of a workflow by name; what undoes one is `undo <name>`. */
  nodes(id: string): Promise<ReadonlyMap<string, ShownNode>>;
  states(id: string): Promise<Readonly<Record<string, string>>>;
  stop(): Promise<void>;
}

/** For tests: one server; stop it. */
export function workflowWorld(db: Database, worker = 'one'): WorkflowWorld {
  const engine = postgresTaskEngine(db);
  const revoked: string[] = [];
  const desk = taskDesk({ engine, now: Date.now, taken: () => undefined });
  const ports: WorkflowPorts = {
    ...{ db, make: desk.make, newId: () => newTaskId(Date.now()), now: Date.now },
    ...{ taken: () => undefined, revoked: (id) => void revoked.push(id), log: pino({ level: 'silent' }) },
  };
  const clock = workflowClock(ports);
  const claim = async (limit = 50): Promise<readonly LeasedTask[]> => {
    const leased: LeasedTask[] = [];
    for (const queue of [AGENT, OTHER])
      leased.push(
        ...(await claimTasks(db, TENANT, {
          ...{ queue, revision: V1, abilities: ['write'], sessions: [], leaseMs: 60_000 },
          workers: Array.from({ length: limit }, () => worker),
        })),
      );
    return leased;
  };
  const end = async ({ id, attempt }: LeasedTask, ending: Ending): Promise<boolean> => {
    if (ending === null) return false;
    const failure = 'fails' in ending ? { failureClass: 'input', message: ending.fails } : null;
    const how =
      'fails' in ending ? { state: 'dead', failure } : { state: 'succeeded', result: ending.result };
    const counted = await settleTasks(db, TENANT, [{ id, attempt, worker, ...how } as TaskEnd]);
    return counted.has(id);
  };
  const workflow = async (id: string): Promise<WorkflowRow> => {
    const row = await readWorkflow(db, TENANT, id);
    assert(row !== null, 'the workflow is there');
    return row;
  };
  const nodes = async (id: string): Promise<ReadonlyMap<string, ShownNode>> => {
    const rows = await listNodes(db, TENANT, { workflow: id, limit: 20_000 });
    return new Map(rows.map((row) => [row.kind === 'compensation' ? `undo ${row.name}` : row.name, row]));
  };
  return {
    ...{ ports, clock, revoked, claim, end, workflow, nodes },
    submit: async (spec, key) => {
      const taken = await submitWorkflow(ports, TENANT, spec, key ?? null);
      assert(taken.ok, `it was refused: ${JSON.stringify(taken)}`);
      return taken.value.id;
    },
    run: async (work) => {
      const worked: LeasedTask[] = [];
      for (;;) {
        await clock.turn();
        const leased = await claim();
        if (leased.length === 0) return worked;
        for (const task of leased) {
          worked.push(task);
          await end(task, await work(task));
        }
      }
    },
    states: async (id) =>
      Object.fromEntries([...(await nodes(id))].map(([name, { state }]) => [name, state])),
    stop: () => clock.stop(),
  };
}

/** Puts everything of both agents on one revision. */
export async function serveAgents(db: Database, tenant = TENANT): Promise<void> {
  for (const queue of [AGENT, OTHER])
    await putTaskSplit(db, tenant, { queue, generation: 1, split: wholeTo(V1) });
}

/** A task of a workflow whose input is its name. */
export const node = (
  name: string,
  after: readonly string[] = [],
  more: Partial<WorkflowNode> = {},
): WorkflowNode => ({ ...{ name, after, join: 'all', track: AGENT, input: { name }, ...more } });

/** A workflow of these tasks. */
export const specOf = (nodes: readonly WorkflowNode[], more: Partial<WorkflowSpec> = {}): WorkflowSpec => ({
  ...{ name: 'test', nodes, onFailure: 'fail', limits: USUAL_LIMITS, input: null, deadlineAt: null, ...more },
});

/** The name in a task's input. */
export const nameOf = ({ input }: LeasedTask): string => (input as { readonly name?: string }).name ?? '';
