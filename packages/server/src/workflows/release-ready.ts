/**
 * Purpose: lets tasks of a workflow begin that wait for nothing any more.
 *
 * Owns nothing; it is a part of the transaction of whoever moves the workflow. 1. A task comes in as any other does: dealt by
 * the split in force, with a tag of its flow. 2. What cannot come in ends, with why, and is followed as any other end. 3. Queues
 * are gone through in one order, so that two workflows that use the same ones do not wait for each other.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { payloadIn } from '@sluice/core/tasks/payload-reference.ts';
import { type NodeOutcome, referredNodes, workflowInput } from '@sluice/core/tasks/workflow-input.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { Database } from '../store/database/open-database.ts';
import { type NewTask, submitTasks } from '../store/tasks/submit-tasks.ts';
import { taskQueue } from '../store/tasks/task-queues.ts';
import {
  byQueues,
  failBlocked,
  markReleased,
  readOutcomes,
  readRequests,
  type ReadyNode,
  takeBlocked,
} from '../store/workflows/release-nodes.ts';
import type { WorkflowRow } from '../store/workflows/workflow-row.ts';
import type { TaskRequest } from '../tasks/task-request.ts';
import type { WorkflowPorts } from './workflow-ports.ts';

/** Whose tasks they are. */
export interface ReleaseOf {
  readonly tenant: string;
  readonly workflow: Pick<WorkflowRow, 'id' | 'input' | 'deadlineAt'>;
}

/** Tasks of one statement: what is asked of them lies in memory meanwhile. */
const BATCH = 200;
/** Bytes of results that lie in memory at once, while inputs are put together of them. */
const MOST_OUTCOME_BYTES = 32 * 1024 * 1024;
/** So many changes of a split between two statements do not happen by chance. */
const ATTEMPTS = 10;

/** Lets tasks begin; gives the queues in which something waits now. */
export async function releaseReady(
  db: Database,
  ports: Pick<WorkflowPorts, 'make' | 'now' | 'hold'>,
  of: ReleaseOf,
  ready: readonly string[],
): Promise<readonly TrackId[]> {
  const queues = new Set<TrackId>();
  const ordered = ready.length > 1 ? await byQueues(db, of.tenant, ready) : ready;
  const batches: (readonly string[])[] = [];
  for (let at = 0; at < ordered.length; at += BATCH) batches.push(ordered.slice(at, at + BATCH));
  for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
    const nodes = await readRequests(db, of.tenant, batch);
    const outcomes = await outcomesFor(db, of.tenant, nodes);
    if (outcomes !== 'too-many') await enterAll(db, ports, { ...of, outcomes }, nodes, queues);
    else if (batch.length > 1) {
      const half = Math.ceil(batch.length / 2);
      batches.unshift(batch.slice(0, half), batch.slice(half));
    } else for (const task of batch) await failBlocked(db, of.tenant, { task, failure: TOO_MANY });
  }
  return [...queues];
}

async function enterAll(
  db: Database,
  ports: Pick<WorkflowPorts, 'make' | 'now' | 'hold'>,
  { outcomes, ...of }: ReleaseOf & { readonly outcomes: Outcomes },
  nodes: readonly ReadyNode[],
  queues: Set<TrackId>,
): Promise<void> {
  const [tooLarge = [], fit = []] = [true, false].map((is) =>
    nodes.filter(({ request }) => (request.isTooLarge === true) === is),
  );
  for (const { task } of tooLarge) await failBlocked(db, of.tenant, { task, failure: TOO_LARGE });
  const byQueue = Map.groupBy(fit, ({ request }) => request.track);
  for (const [queue, those] of [...byQueue].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const asked = those.map((node) => ({
      id: node.task,
      request: requestOf(node, of, outcomes, ports.now()),
    }));
    if (await enterQueue(db, ports, { ...of, queue }, asked)) queues.add(queue);
  }
}

const TOO_LARGE = { failureClass: 'input', message: 'Its input would be larger than any may be.' } as const;
const TOO_MANY = {
  failureClass: 'input',
  message: `The results that its input refers to have more than ${MOST_OUTCOME_BYTES} bytes together.`,
} as const;

type Outcomes = ReadonlyMap<string, ReadonlyMap<string, NodeOutcome>>;

/** What came of those that are referred to, by the task that refers to them; read only where something is. */
async function outcomesFor(
  db: Database,
  tenant: string,
  nodes: readonly ReadyNode[],
): Promise<Outcomes | 'too-many'> {
  const curious = nodes.filter(({ request }) => request.isLiteral !== true && mayRefer(request.input));
  const names = curious.flatMap(({ request }) => referredNodes(request.input));
  const wantsAll = curious.some(({ request }) => JSON.stringify(request.input).includes('"$outcomes"'));
  if (!wantsAll && names.length === 0) return new Map();
  const later = curious.map(({ task }) => task);
  const wish = { names: wantsAll ? null : [...new Set(names)], mostBytes: MOST_OUTCOME_BYTES };
  const rows = await readOutcomes(db, tenant, { later, ...wish });
  if (rows.some(({ isLeftOut }) => isLeftOut)) return 'too-many';
  const known = new Map<string, Map<string, NodeOutcome>>(later.map((task) => [task, new Map()]));
  for (const { later: task, name, state, result, failure } of rows)
    known.get(task)?.set(name, { state, result, failure });
  return known;
}

const mayRefer = (input: unknown): boolean => (JSON.stringify(input) ?? '').includes('"$');

function requestOf(
  { task, request }: ReadyNode,
  { workflow }: ReleaseOf,
  outcomes: Outcomes,
  now: Instant,
): TaskRequest {
  const { delayMs = 0, withinMs, priority, fairnessKey, session, abilities } = request;
  const known = { input: workflow.input, outcomes: outcomes.get(task) ?? new Map<string, NodeOutcome>() };
  const deadlines = [workflow.deadlineAt, withinMs === undefined ? null : now + delayMs + withinMs];
  const deadlineAt = Math.min(...deadlines.map((at) => at ?? Number.POSITIVE_INFINITY));
  return {
    input: request.isLiteral === true ? request.input : workflowInput(request.input, known),
    ...(priority !== undefined && { priority }),
    ...(fairnessKey !== undefined && { fairnessKey }),
    ...(session !== undefined && { session }),
    ...(abilities !== undefined && { abilities }),
    ...(delayMs > 0 && { dueAt: now + delayMs }),
    ...(deadlineAt !== Number.POSITIVE_INFINITY && { deadlineAt }),
  };
}

interface Asked {
  readonly id: string;
  readonly request: TaskRequest;
}

/** @returns whether something has come in */
async function enterQueue(
  db: Database,
  ports: Pick<WorkflowPorts, 'make' | 'hold'>,
  { tenant, workflow, queue }: ReleaseOf & { readonly queue: TrackId },
  asked: readonly Asked[],
): Promise<boolean> {
  let blocked: ReadonlySet<string> | null = null;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const dealt = await taskQueue(db, tenant, queue);
    const split = dealt?.split as Split | undefined;
    if (!dealt || !split || split.weights.length === 0) {
      for (const { id } of asked) await failBlocked(db, tenant, { task: id, failure: notServed(queue) });
      return false;
    }
    const tasks: NewTask[] = [];
    for (const { id, request } of asked) {
      const made = await madeTask(db, ports, { tenant, queue, id }, request, split);
      if (made.ok) tasks.push(made.value);
      else {
        const failure = { failureClass: 'input', message: made.refusal.message } as const;
        await failBlocked(db, tenant, { task: id, failure });
      }
    }
    blocked ??= await takeBlocked(
      db,
      tenant,
      tasks.map(({ id }) => id),
    );
    const still = blocked;
    const entering = tasks.filter(({ id }) => still.has(id));
    if (entering.length === 0) return false;
    const written = await submitTasks(db, tenant, { queue, generation: dealt.generation, tasks: entering });
    if (written === 'split-changed') continue;
    await markReleased(db, tenant, { workflow: workflow.id, tasks: entering.map(({ id }) => id) });
    return true;
  }
  throw new SluiceError('conflict', `The split of ${queue} is being changed all the time.`, {
    next: 'retry',
  });
}

/** With the payload that its input stands for, if it does, kept for it. */
async function madeTask(
  db: Database,
  { make, hold }: Pick<WorkflowPorts, 'make' | 'hold'>,
  named: Parameters<WorkflowPorts['make']>[0],
  request: TaskRequest,
  split: Split,
): ReturnType<WorkflowPorts['make']> {
  const made = await make(named, request, split);
  const payload = payloadIn(request.input);
  if (!made.ok || hold === undefined || payload === null) return made;
  const held = await hold(db, named.tenant, [{ payload, task: named.id }]);
  return held.ok ? made : held;
}

const notServed = (queue: TrackId) =>
  ({ failureClass: 'refused', message: `nothing of ${queue} serves tasks` }) as const;
