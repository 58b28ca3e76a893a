import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { checkedWorkflow } from '@sluice/core/tasks/workflow-fault.ts';
import type { NodeRequest, WorkflowNode, WorkflowSpec } from '@sluice/core/tasks/workflow-spec.ts';
import { EMPTY_SPLIT } from '@sluice/core/traffic/split.ts';
import { listNodes } from '../store/workflows/read-workflows.ts';
import { changeWorkflow, insertWorkflow } from '../store/workflows/write-workflows.ts';
import { insertTasks, type PlannedNode, splitsOf } from './insert-tasks.ts';
import { onceMore } from './once-more.ts';
import { releaseReady } from './release-ready.ts';
import { noEffects, tellEffects, type WorkflowPorts } from './workflow-ports.ts';
import { keyOfAnother, queueNotServed } from './workflow-refusals.ts';

/** A workflow that was taken, with the ids of its tasks by their names. */
export interface TakenWorkflow {
  readonly id: string;
  /** False where an earlier one has the same idempotency key. */
  readonly isNew: boolean;
  readonly tasks: readonly { readonly name: string; readonly id: string }[];
}

/**
 * Takes a workflow: all of its tasks are there, and those that wait for nothing may begin, or nothing is written. A second one
 * with the same key is answered with the first, when it is for the same agents.
 */
export async function submitWorkflow(
  ports: WorkflowPorts,
  tenant: string,
  spec: WorkflowSpec,
  idempotencyKey: string | null,
): Promise<Result<TakenWorkflow>> {
  const checked = checkedWorkflow(spec);
  if (!checked.ok) return checked;
  const faulty = (await requestFault(ports, tenant, spec)) ?? (await servedFault(ports, tenant, spec));
  if (faulty) return faulty;
  const id = ports.newId();
  const planned = plannedNodes(ports, spec.nodes);
  const effects = noEffects();
  const { name, onFailure, input, limits, deadlineAt } = spec;
  const writing = () =>
    ports.db.transaction().execute(async (db) => {
      const row = { id, name, policy: onFailure, root: null, input, limits, deadlineAt, idempotencyKey };
      const inserted = await insertWorkflow(db, tenant, row);
      if (!inserted.isNew) return inserted;
      const workflow = { id, input, deadlineAt };
      const ready = await insertTasks(db, ports, { tenant, workflow }, planned);
      const count = { opened: planned.length, added: planned.length, costMicros: 0, hasEnded: false };
      await changeWorkflow(db, tenant, id, { state: 'running', verdict: null, reason: null, ...count });
      for (const queue of await releaseReady(db, ports, { tenant, workflow }, ready))
        effects.queues.add(queue);
      return inserted;
    });
  const written = await onceMore(writing);
  tellEffects(ports, tenant, effects);
  if (!written.isNew) return earlierOne(ports, tenant, written, planned);
  return ok({ ...written, tasks: planned.map(({ name, task }) => ({ name, id: task })) });
}

/** The workflow that had the key first, for whoever asks for the same tasks: of another one nothing is told. */
async function earlierOne(
  { db }: WorkflowPorts,
  tenant: string,
  written: { readonly id: string; readonly isNew: boolean },
  planned: readonly PlannedNode[],
): Promise<Result<TakenWorkflow>> {
  const nodes = await listNodes(db, tenant, { workflow: written.id, limit: 10_000 });
  const declared = nodes.filter(({ kind }) => kind === 'declared');
  const tracks = new Map(declared.map(({ name, queue }) => [name, queue]));
  const isSame =
    declared.length === planned.length &&
    planned.every(({ name, request }) => tracks.get(name) === request.track);
  if (!isSame) return { ok: false, refusal: keyOfAnother() };
  return ok({ ...written, tasks: declared.map(({ name, task }) => ({ name, id: task })) });
}

function plannedNodes({ newId }: WorkflowPorts, nodes: readonly WorkflowNode[]): readonly PlannedNode[] {
  const ids = new Map(nodes.map(({ name }) => [name, newId()]));
  return nodes.map(({ name, after, join, ...request }) => ({
    ...{ task: ids.get(name) ?? '', kind: 'declared', name, parent: null, standsFor: null, depth: 0 },
    ...{ request, join, after: after.map((earlier) => ids.get(earlier) ?? '') },
  }));
}

/** Each is a task as any other one, or the whole is refused. */
async function requestFault(
  { make, now }: WorkflowPorts,
  tenant: string,
  { nodes, deadlineAt }: WorkflowSpec,
): Promise<Result<never> | null> {
  const at: Instant = now();
  for (const { name, compensation, ...request } of nodes)
    for (const one of [request, ...(compensation ? [compensation] : [])]) {
      const fault = await oneFault(make, { tenant, name, at }, { ...one, deadlineAt });
      if (fault) return fault;
    }
  return null;
}

async function oneFault(
  make: WorkflowPorts['make'],
  { tenant, name, at }: { readonly tenant: string; readonly name: string; readonly at: Instant },
  request: NodeRequest & { readonly deadlineAt: Instant | null },
): Promise<Result<never> | null> {
  const { track, delayMs = 0, withinMs, deadlineAt, ...rest } = request;
  for (const [key, value] of Object.entries({ delayMs, withinMs: withinMs ?? 1 }))
    if (!Number.isSafeInteger(value) || value < (key === 'withinMs' ? 1 : 0))
      return refuse(
        'invalid-workflow',
        `Nothing was taken: ${key} of the task ${name} is ${value}.`,
        'Send whole milliseconds.',
      );
  const dueAt = delayMs > 0 ? { dueAt: at + delayMs } : {};
  const task = { ...rest, ...dueAt, ...(deadlineAt !== null && { deadlineAt }) };
  const made = await make({ tenant, queue: track, id: name }, task, EMPTY_SPLIT);
  if (made.ok) return null;
  const { message, remedy } = made.refusal;
  return refuse('invalid-workflow', `Nothing was taken because of the task ${name}. ${message}`, remedy);
}

async function servedFault(
  { db }: WorkflowPorts,
  tenant: string,
  { nodes }: WorkflowSpec,
): Promise<Result<never> | null> {
  const wanted = nodes.flatMap(({ name, track, compensation }) => [
    { name, track },
    ...(compensation ? [{ name, track: compensation.track }] : []),
  ]);
  const splits = await splitsOf(
    db,
    tenant,
    wanted.map(({ track }) => track),
  );
  const missing = wanted.find(({ track }) => splits.get(track) === null);
  return missing ? { ok: false, refusal: queueNotServed(missing.name, missing.track) } : null;
}
