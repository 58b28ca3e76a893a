/**
 * Purpose: lets a task that somebody works on spawn others, and one that finishes its work when those have ended.
 *
 * Owns nothing. 1. Only whoever has the task may: the lease is locked until what was spawned is written. 2. A name is given once
 * under one parent, so that a later attempt finds again what an earlier one has spawned. 3. A task that belongs to no workflow
 * becomes the first one of its own. 4. What is beyond a limit is refused as a whole.
 */
import { type TrackId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { ok, refuse, type Refusal, type Result } from '@sluice/core/kernel/result.ts';
import { partsOfLane } from '@sluice/core/tasks/affinity.ts';
import { limitsFault, nodesFault } from '@sluice/core/tasks/workflow-fault.ts';
import type { Join, NodeRequest, WorkflowLimits, WorkflowNode } from '@sluice/core/tasks/workflow-spec.ts';
import { EMPTY_SPLIT } from '@sluice/core/traffic/split.ts';
import type { Database } from '../store/database/open-database.ts';
import type { LeaseFence } from '../store/tasks/settle-tasks.ts';
import { type HeldTask, heldTask } from '../store/workflows/held-task.ts';
import { listChildren, readNode } from '../store/workflows/read-workflows.ts';
import type { NodeRow, WorkflowRow } from '../store/workflows/workflow-row.ts';
import { addChildren, insertRoot } from '../store/workflows/write-nodes.ts';
import { changeWorkflow, insertWorkflow, lockWorkflow } from '../store/workflows/write-workflows.ts';
import { insertTasks, type PlannedNode, splitsOf } from './insert-tasks.ts';
import { onceMore } from './once-more.ts';
import { releaseReady } from './release-ready.ts';
import { noEffects, tellEffects, type WorkflowEffects, type WorkflowPorts } from './workflow-ports.ts';
import { leaseLost, limitReached, queueNotServed, workflowStopping } from './workflow-refusals.ts';

/** A task that another one spawns; what it leaves out is as with its parent, but for session and abilities. */
export interface SpawnedNode extends Omit<WorkflowNode, 'track'> {
  readonly track: TrackId | null;
}

/** The task that goes on when others have ended: on the parent's own queue, with its session and abilities. */
export interface Continuation {
  /** Any JSON with references to those it waits for; all of their outcomes where it is undefined. */
  readonly input: unknown;
  /** Names of what the parent has spawned, now or before; all that is spawned now when it is empty. */
  readonly after: readonly string[];
  readonly join: Join;
}

/** What a task asks for. */
export interface SpawnRequest {
  readonly children: readonly SpawnedNode[];
  readonly continuation: Continuation | null;
  /** Of the workflow that begins with the task, where it belongs to none yet. */
  readonly limits: WorkflowLimits;
}

/** What a task has spawned, in the order of the request, the one that goes on last. */
export interface SpawnedTasks {
  readonly workflow: string;
  readonly tasks: readonly { readonly name: string; readonly id: string; readonly isNew: boolean }[];
}

/** The name of the task that goes on. */
const CONTINUATION = 'continuation';

/** Spawns tasks; what was spawned under the same name before is found again. */
export async function spawnTasks(
  ports: WorkflowPorts,
  tenant: string,
  fence: LeaseFence,
  request: SpawnRequest,
): Promise<Result<SpawnedTasks>> {
  const fault = limitsFault(request.limits);
  if (fault) return fault;
  const workflow = await onceMore(() => workflowOf(ports, tenant, fence, request.limits));
  if (workflow === null) return { ok: false, refusal: leaseLost(fence.id) };
  const effects = noEffects();
  const result = await onceMore(() =>
    ports.db.transaction().execute((db) => spawnIn({ db, ports, tenant, fence, effects }, workflow, request)),
  );
  tellEffects(ports, tenant, effects);
  return result;
}

/** The workflow that a task belongs to, made for it where there is none; null when the speaker does not have the task. */
async function workflowOf(
  { db, newId }: WorkflowPorts,
  tenant: string,
  fence: LeaseFence,
  limits: WorkflowLimits,
): Promise<string | null> {
  const present = await readNode(db, tenant, fence.id);
  if (present) return present.workflow;
  return db.transaction().execute(async (transaction) => {
    const held = await heldTask(transaction, tenant, fence, { isLocked: true });
    if (held === null) return null;
    // Somebody who spoke for the same attempt at the same moment was first.
    const meanwhile = await readNode(transaction, tenant, fence.id);
    if (meanwhile) return meanwhile.workflow;
    const id = newId();
    const name = `spawned by ${held.queue}`.slice(0, 200);
    const begun = { id, name, policy: 'fail', root: fence.id, input: held.input, limits } as const;
    await insertWorkflow(transaction, tenant, { ...begun, deadlineAt: null, idempotencyKey: null });
    await insertRoot(transaction, tenant, { workflow: id, task: fence.id });
    const count = { opened: 1, added: 1, costMicros: 0, hasEnded: false };
    await changeWorkflow(transaction, tenant, id, {
      state: 'running',
      verdict: null,
      reason: null,
      ...count,
    });
    return id;
  });
}

interface Spawning {
  readonly db: Database;
  readonly ports: WorkflowPorts;
  readonly tenant: string;
  readonly fence: LeaseFence;
  readonly effects: WorkflowEffects;
}

async function spawnIn(at: Spawning, id: string, request: SpawnRequest): Promise<Result<SpawnedTasks>> {
  const { db, ports, tenant, fence, effects } = at;
  const workflow = await lockWorkflow(db, tenant, id);
  const held = await heldTask(db, tenant, fence, { isLocked: true });
  const parent = await readNode(db, tenant, fence.id);
  if (workflow === null || held === null || parent === null)
    return { ok: false, refusal: leaseLost(fence.id) };
  if (workflow.state !== 'running' && workflow.state !== 'compensating')
    return { ok: false, refusal: workflowStopping(fence.id, workflow.state) };
  const known = new Map(
    (await listChildren(db, tenant, fence.id)).map((child) => [keyOf(child), child.task]),
  );
  const children = await plannedChildren(ports, parent, held, request.children, known);
  if (!children.ok) return children;
  const finishing = plannedContinuation(ports, { parent, held }, request, children.value, known);
  if (!finishing.ok) return finishing;
  const wanted = [...children.value, ...finishing.value];
  const fresh = wanted.filter((one) => !known.has(keyOf(one)));
  const fault = limitFault(workflow, parent, fresh) ?? (await servedFault(at, fresh));
  if (fault) return { ok: false, refusal: fault };
  if (fresh.length > 0) {
    const ready = await insertTasks(db, ports, { tenant, workflow }, fresh);
    await addChildren(db, tenant, { task: fence.id, many: fresh.length });
    const { state, verdict } = workflow;
    const count = { opened: fresh.length, added: fresh.length, costMicros: 0, hasEnded: false };
    await changeWorkflow(db, tenant, id, { state, verdict, reason: null, ...count });
    for (const queue of await releaseReady(db, ports, { tenant, workflow }, ready)) effects.queues.add(queue);
  }
  const tasks = wanted.map((one) => ({
    ...{ name: one.name, id: known.get(keyOf(one)) ?? one.task, isNew: !known.has(keyOf(one)) },
  }));
  return ok({ workflow: id, tasks });
}

const keyOf = ({ kind, name }: Pick<NodeRow, 'kind' | 'name'>): string => `${kind} ${name}`;

type Known = ReadonlyMap<string, string>;

async function plannedChildren(
  { newId, make, now }: WorkflowPorts,
  parent: NodeRow,
  held: HeldTask,
  children: readonly SpawnedNode[],
  known: Known,
): Promise<Result<readonly PlannedNode[]>> {
  const nodes = children.map(({ track, ...child }): WorkflowNode => {
    const { priority = held.priority, fairnessKey = held.fairnessKey } = child;
    const own = track ?? trackIdFrom(held.queue);
    return { ...child, track: own, priority, ...(fairnessKey !== '' && { fairnessKey }) };
  });
  // What waits for nothing can refer to nothing: its input is what it is, whatever it looks like.
  const judged = nodes.map((node) => (node.after.length === 0 ? { ...node, input: null } : node));
  const fault = nodes.length === 0 ? null : nodesFault(judged, NO_LIMITS);
  if (fault) return fault;
  for (const { name, track, delayMs = 0, ...rest } of nodes) {
    const dueAt = delayMs > 0 ? { dueAt: now() + delayMs } : {};
    const made = await make({ tenant: '', queue: track, id: name }, { ...rest, ...dueAt }, EMPTY_SPLIT);
    if (!made.ok) {
      const { message, remedy } = made.refusal;
      return refuse('invalid-task', `Nothing was spawned because of the task ${name}. ${message}`, remedy);
    }
  }
  const ids = new Map(nodes.map(({ name }) => [name, known.get(`spawned ${name}`) ?? newId()]));
  return ok(
    nodes.map(({ name, after, join, ...request }) => ({
      ...{ task: ids.get(name) ?? '', kind: 'spawned', name, parent: parent.task, standsFor: null },
      ...{ depth: parent.depth + 1, request: { ...request, isLiteral: after.length === 0 }, join },
      after: after.map((earlier) => ids.get(earlier) ?? ''),
    })),
  );
}

/** The limits of the workflow are looked at for all that a task has spawned together. */
const NO_LIMITS: WorkflowLimits = { depth: 1, fanOut: 10_000, tasks: 10_000, costMicros: null };

function plannedContinuation(
  { newId }: WorkflowPorts,
  { parent, held }: { readonly parent: NodeRow; readonly held: HeldTask },
  { continuation }: SpawnRequest,
  children: readonly PlannedNode[],
  known: Known,
): Result<readonly PlannedNode[]> {
  if (continuation === null) return ok([]);
  const { input = { $outcomes: true }, join } = continuation;
  const names = continuation.after.length > 0 ? continuation.after : children.map(({ name }) => name);
  const byName = new Map([
    ...[...known].flatMap(([key, task]): [string, string][] =>
      key.startsWith('spawned ') ? [[key.slice('spawned '.length), task]] : [],
    ),
    ...children.map(({ name, task }): [string, string] => [name, task]),
  ]);
  const missing = names.find((name) => !byName.has(name));
  if (missing !== undefined)
    return refuse(
      'invalid-workflow',
      `Nothing was spawned: what goes on is to wait for '${missing.slice(0, 80)}', which this task has not spawned.`,
      'Name tasks that it has spawned, now or before.',
    );
  const { session, priority, fairnessKey } = held;
  const { abilities } = partsOfLane(held.lane);
  const request: NodeRequest = {
    ...{ track: trackIdFrom(held.queue), input, priority },
    ...(session !== null && { session }),
    ...(fairnessKey !== '' && { fairnessKey }),
    ...(abilities.length > 0 && { abilities }),
  };
  const planned: PlannedNode = {
    ...{
      task: newId(),
      kind: 'continuation',
      name: CONTINUATION,
      parent: parent.task,
      standsFor: parent.task,
    },
    ...{ depth: parent.depth, request, join, after: names.map((name) => byName.get(name) ?? '') },
  };
  return ok([planned]);
}

function limitFault(workflow: WorkflowRow, parent: NodeRow, fresh: readonly PlannedNode[]): Refusal | null {
  if (fresh.length === 0) return null;
  const { mostDepth, mostFanOut, mostTasks, mostCostMicros } = workflow;
  const deepest = Math.max(...fresh.map(({ depth }) => depth));
  if (deepest > mostDepth)
    return limitReached(`they would stand at depth ${deepest}, and ${mostDepth} is the deepest`, 'depth');
  if (parent.children + fresh.length > mostFanOut)
    return limitReached(
      `the task would have spawned ${parent.children + fresh.length}, and ${mostFanOut} are the most for one task`,
      'fanOut',
    );
  if (workflow.tasks + fresh.length > mostTasks)
    return limitReached(
      `the workflow would have ${workflow.tasks + fresh.length} tasks, and ${mostTasks} are the most`,
      'tasks',
    );
  if (mostCostMicros === null || workflow.costMicros < mostCostMicros) return null;
  return limitReached(
    `the workflow has cost ${workflow.costMicros} millionths already, and may cost ${mostCostMicros}`,
    'costMicros',
  );
}

async function servedFault({ db, tenant }: Spawning, fresh: readonly PlannedNode[]): Promise<Refusal | null> {
  const splits = await splitsOf(
    db,
    tenant,
    fresh.map(({ request }) => request.track),
  );
  const missing = fresh.find(({ request }) => splits.get(request.track) === null);
  return missing ? queueNotServed(missing.name, missing.request.track) : null;
}
