/**
 * Purpose: takes tasks in, and deals each to a revision by the split in force.
 *
 * Owns, in memory: the splits it knows, each until the engine says that another one is in force. 1. A task's revision follows
 * from its session, or its id, and the split's salt alone, so that retries, audits and other servers agree. 2. Either all
 * tasks of a request are taken or none. 3. A session stays with the revision that it began with for as long as that gets tasks.
 */
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { flowWeight, PRIORITIES } from '@sluice/core/tasks/fair-order.ts';
import { payloadIn } from '@sluice/core/tasks/payload-reference.ts';
import { limitsKeys, limitsOfKey } from '@sluice/core/tasks/rate-limits.ts';
import { TASK_LIMITS } from '@sluice/core/tasks/task-limits.ts';
import { revisionAt, stickyPlace } from '@sluice/core/traffic/choose.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { PayloadUse } from '../store/payloads/payloads.ts';
import type { NewTask } from '../store/tasks/submit-tasks.ts';
import { latestFew } from './latest-few.ts';
import type { TakenTasks } from './shadow-desk.ts';
import type { TaskEngine } from './task-engine.ts';
import { newTaskId } from './task-id.ts';
import { checkedRequest, laneOf, type TaskRequest } from './task-request.ts';
import { type KnownTerms, NO_TERMS } from './task-terms.ts';

/** A task that was taken. */
export interface TakenTask {
  readonly id: string;
  /** False where an earlier task has the same idempotency key. */
  readonly isNew: boolean;
}

/** What the desk works with. */
export interface TaskDeskPorts {
  readonly engine: Pick<TaskEngine, 'submit' | 'dealt'>;
  readonly now: () => Instant;
  /** What revisions say of weights, lines and deadlines; they say nothing without. */
  readonly terms?: KnownTerms;
  /** Keeps the payloads that inputs stand for, for tasks that are about to come in; refused when one is not there. */
  readonly hold?: (tenant: string, uses: readonly PayloadUse[]) => Promise<Result<null>>;
  /** Which revision each session had last; without it a session goes where its hash is, also when shares change. */
  readonly lastOf?: (
    tenant: string,
    which: { readonly queue: TrackId; readonly sessions: readonly string[] },
  ) => Promise<ReadonlyMap<string, RevisionId>>;
  /** Copies tasks that were taken for whoever is tried by copies; nobody waits for it. */
  readonly copy?: (tenant: string, taken: TakenTasks) => void;
  /** Told that something waits in a queue. */
  readonly taken: (tenant: string, queue: TrackId) => void;
  /** Names a task; by time and chance without. */
  readonly newId?: (at: Instant) => string;
}

/** Takes tasks in. */
export interface TaskDesk {
  submit(
    tenant: string,
    queue: TrackId,
    requests: readonly TaskRequest[],
  ): Promise<Result<readonly TakenTask[]>>;
  /** Makes a task of this id as `submit` would, for whoever has it written himself; refuses what is no task. */
  make(
    named: { readonly tenant: string; readonly queue: TrackId; readonly id: string },
    request: TaskRequest,
    split: Split,
  ): Promise<Result<NewTask>>;
}

/** Queues whose splits are remembered; that of another one is read when something comes in for it. */
const MOST_SPLITS = 1_000;

interface Dealing {
  readonly generation: number;
  readonly split: Split;
}

/** So many changes of a split between two statements do not happen by chance. */
const ATTEMPTS = 10;

/** Starts with no split known. */
export function taskDesk(ports: TaskDeskPorts): TaskDesk {
  const known = latestFew<Dealing>(MOST_SPLITS);

  const dealingOf = async (tenant: string, queue: TrackId): Promise<Dealing | null> => {
    const key = `${tenant} ${queue}`;
    const present = known.get(key);
    if (present) return present;
    const read = await ports.engine.dealt(tenant, queue);
    if (read === null) return null;
    const dealing = { generation: read.generation, split: read.split as Split };
    known.set(key, dealing);
    return dealing;
  };

  const submit: TaskDesk['submit'] = async (tenant, queue, requests) => {
    const now = ports.now();
    const faulty = firstFault(requests, now);
    if (faulty) return faulty;
    const ids = requests.map(() => (ports.newId ?? newTaskId)(now));
    const held = await holdAll(ports, tenant, requests, ids);
    if (!held.ok) return held;
    const begun = await sessionsOf(ports, tenant, queue, requests);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const dealing = await dealingOf(tenant, queue);
      if (dealing === null || dealing.split.weights.length === 0) return notServed(queue);
      await loadTerms(ports, tenant, queue, dealing);
      const tasks = requests.map((request, at) =>
        taskOf(ports, { tenant, queue, id: ids[at] ?? '' }, request, { ...dealing, begun }),
      );
      const answer = await ports.engine.submit(tenant, { queue, generation: dealing.generation, tasks });
      if (answer !== 'split-changed') {
        ports.taken(tenant, queue);
        const fresh = new Set(answer.filter(({ isNew }) => isNew).map(({ id }) => id));
        if (dealing.split.mirror)
          ports.copy?.(tenant, { queue, ...dealing, tasks: tasks.filter(({ id }) => fresh.has(id)) });
        return ok(answer);
      }
      known.delete(`${tenant} ${queue}`);
    }
    return refuse('busy', `The split of ${queue} is being changed all the time.`, 'Try again in a moment.');
  };
  const make: TaskDesk['make'] = async (named, request, split) => {
    const checked = checkedRequest(request, ports.now());
    await loadTerms(ports, named.tenant, named.queue, { split });
    return checked.ok ? ok(taskOf(ports, named, checked.value, { split, begun: NONE_BEGUN })) : checked;
  };
  return { submit, make };
}

const NONE_BEGUN: ReadonlyMap<string, RevisionId> = new Map();

/** Where the sessions of requests are at home. */
async function sessionsOf(
  { lastOf }: TaskDeskPorts,
  tenant: string,
  queue: TrackId,
  requests: readonly TaskRequest[],
): Promise<ReadonlyMap<string, RevisionId>> {
  const sessions = requests.flatMap(({ session }) => session ?? []);
  return sessions.length === 0 || !lastOf ? NONE_BEGUN : lastOf(tenant, { queue, sessions });
}

async function holdAll(
  { hold }: TaskDeskPorts,
  tenant: string,
  requests: readonly TaskRequest[],
  ids: readonly string[],
): Promise<Result<null>> {
  const uses = requests.flatMap(({ input }, at) => {
    const payload = payloadIn(input);
    return payload === null ? [] : [{ payload, task: ids[at] ?? '' }];
  });
  return uses.length === 0 || hold === undefined ? ok(null) : hold(tenant, uses);
}

function firstFault(requests: readonly TaskRequest[], now: Instant): Result<never> | undefined {
  if (requests.length === 0 || requests.length > TASK_LIMITS.batch)
    return refuse(
      'invalid-task',
      `${requests.length} tasks came in one request.`,
      `Send 1 to ${TASK_LIMITS.batch} of them.`,
    );
  for (const request of requests) {
    const checked = checkedRequest(request, now);
    if (!checked.ok) return checked;
  }
  return undefined;
}

const notServed = (queue: TrackId): Result<never> =>
  refuse(
    'not-served',
    `Nothing of ${queue} serves tasks yet.`,
    'Release it with `sluice deploy`, then submit again.',
  );

/** The terms of all revisions that may get a task. */
const loadTerms = async (
  { terms }: TaskDeskPorts,
  tenant: string,
  queue: TrackId,
  { split }: Pick<Dealing, 'split'>,
): Promise<void> => {
  if (terms) await Promise.all(split.weights.map(({ revision }) => terms.of(tenant, queue, revision)));
};

function taskOf(
  { terms, now }: TaskDeskPorts,
  { tenant, queue, id }: { readonly tenant: string; readonly queue: TrackId; readonly id: string },
  request: TaskRequest,
  { split, begun }: Pick<Dealing, 'split'> & { readonly begun: ReadonlyMap<string, RevisionId> },
): NewTask {
  const { priority = PRIORITIES.usual, fairnessKey = '', session = null, dueAt = null } = request;
  const known = session === null ? undefined : begun.get(session);
  const serves = split.weights.some(({ revision, basisPoints }) => revision === known && basisPoints > 0);
  // Weights are whole, or the desk would not have come so far.
  const revision = ((serves ? known : undefined) ??
    revisionAt(split.weights, stickyPlace(session ?? id, split.salt)) ??
    split.weights[0]?.revision) as RevisionId;
  const { limits, deadlineMs } = terms?.known(tenant, queue, revision) ?? NO_TERMS;
  return {
    id,
    revision,
    lane: laneOf(request, limitsKeys(limits) ? fairnessKey : null),
    priority,
    fairnessKey,
    weight: flowWeight(limitsOfKey(limits, fairnessKey).weight, priority),
    session,
    apartFrom: request.affinity?.apartFrom ?? null,
    dueAt,
    deadlineAt: request.deadlineAt ?? (deadlineMs === null ? null : Math.max(now(), dueAt ?? 0) + deadlineMs),
    idempotencyKey: request.idempotencyKey ?? null,
    input: request.input,
  };
}
