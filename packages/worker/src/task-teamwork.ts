/**
 * Purpose: how one attempt works with other tasks: spawns them, waits for them or goes on later, and writes to them.
 *
 * Owns nothing. 1. Everything is said in the name of the attempt. 2. What is named is done once: a later attempt that spawns
 * under the same names finds again what is there. 3. A task that may not act spawns and sends
 * nothing, and takes no message away.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { durationFromMs, timestampDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import type {
  JoinTasksResponse,
  ReceivedMessage,
} from '@sluice/protocol/generated/sluice/agents/v1/teamwork_pb.js';
import { FailureClass } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { joinNeed, joinVerdict } from '@sluice/core/tasks/workflow-join.ts';
import type { Join } from '@sluice/core/tasks/workflow-spec.ts';
import type { AssignTask } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { plainJson, wireJson } from './json-value.ts';
import { called, type ServerClients } from './server-calls.ts';
import { TaskError } from './task-error.ts';

/** A task that another one spawns; priority and fairness key are as with its parent where they are left out. */
export interface ChildTask {
  /** Unique among what this task spawns; by it a later attempt finds the same child again. */
  readonly name: string;
  /** Any JSON; with `after`, `{ $result: 'name/path' }` in it stands for the result of a sibling. */
  readonly input?: unknown;
  /** `application/environment/component`; the agent itself where it is left out. */
  readonly agent?: string;
  readonly session?: string;
  readonly capabilities?: readonly string[];
  readonly priority?: number;
  readonly fairnessKey?: string;
  /** A pause before it begins, in ms. */
  readonly delayMs?: number;
  /** How long it may take, in ms. */
  readonly withinMs?: number;
  /** Names of siblings that it waits for, in the same call. */
  readonly after?: readonly string[];
  /** When it may begin; when all of them have succeeded where it is left out. */
  readonly join?: Join;
}

/** How large the workflow may become that begins with a task; limits of one that it belongs to already stay. */
export interface TeamLimits {
  readonly depth?: number;
  readonly fanOut?: number;
  readonly tasks?: number;
  readonly costMicros?: number;
}

/** A task that was spawned. */
export interface SpawnedChild {
  readonly name: string;
  readonly id: string;
  /** False where this or an earlier attempt had spawned it before. */
  readonly isNew: boolean;
}

/** How a spawned task ended. */
export interface ChildOutcome<Result = unknown> {
  readonly name: string;
  readonly id: string;
  readonly state: 'succeeded' | 'dead' | 'cancelled' | 'skipped';
  /** Null unless it succeeded. */
  readonly result: Result;
  /** Why it failed; null where it did not. */
  readonly failure: { readonly failureClass: string; readonly message: string } | null;
}

/** Whom a message is for. */
export type MailTo = { readonly session?: string } & (
  | { readonly agent: string }
  | { readonly capability: string }
  | { readonly task: string }
);

/** A message in hand. */
export interface ReceivedMail<Body = unknown> {
  readonly id: string;
  readonly body: Body;
  /** Counts within the address, from 1; what comes again has the same. */
  readonly sequence: number;
  readonly from: { readonly task: string; readonly agent: string; readonly session: string | null };
  /** How often it was handed out, this time included. */
  readonly deliveries: number;
  readonly sentAt: Date;
  /** It need not come again; gives false where it has been handed to somebody else meanwhile. */
  acknowledge(): Promise<boolean>;
}

/** How a handler works with other tasks. */
export interface TeamContext {
  /** Spawns tasks, and goes on at once. */
  spawn(
    children: readonly ChildTask[],
    options?: { readonly limits?: TeamLimits },
  ): Promise<readonly SpawnedChild[]>;
  /**
   * Waits until so many have succeeded, and gives how those have ended that have, in the order of the children; this worker's
   * place is held meanwhile.
   * @throws TaskError of class `refused` when so many cannot succeed any more; never with `settled`
   */
  join<Result = unknown>(
    children: readonly Pick<SpawnedChild, 'id' | 'name'>[],
    join?: Join,
  ): Promise<readonly ChildOutcome<Result>[]>;
  /**
   * Has others do it, and a later task of this agent go on when they have ended, while no place is held; what that one returns
   * is what comes of this task. Return what it gives.
   * @param options `input` of the later task, in which `{ $outcomes: true }` stands for all outcomes by name: that alone without
   */
  delegate(
    children: readonly ChildTask[],
    options?: { readonly input?: unknown; readonly join?: Join; readonly limits?: TeamLimits },
  ): Promise<{ readonly continuedBy: string }>;
  /**
   * Sends JSON of at most 64 KiB, which is kept until somebody acknowledges it or it expires, after seven days.
   * @param options `key`: a second message of this task with the same one is the first
   */
  send(
    to: MailTo,
    body: unknown,
    options?: { readonly key?: string; readonly expiresInMs?: number },
  ): Promise<{ readonly id: string; readonly sequence: number }>;
  /**
   * Gives messages for this task, its agent, or what it can do; none when the time is over.
   * @param options `waitMs`: 0 without. `limit`: 10 without. `holdMs`: for so long nobody else gets them; a minute without
   */
  receive<Body = unknown>(options?: {
    readonly waitMs?: number;
    readonly limit?: number;
    readonly holdMs?: number;
    readonly capabilities?: readonly string[];
  }): Promise<readonly ReceivedMail<Body>[]>;
}

/** What working together goes over. */
export interface TeamworkPorts {
  readonly client: ServerClients['team'];
  readonly attempt: { readonly worker: string; readonly taskId: string; readonly attempt: number };
  readonly capabilities: readonly string[];
  readonly signal: AbortSignal;
}

/** Longest wait of one call, in ms: shorter than a call may take. */
const WAIT_MS = 10_000;
/** Before a call is made again that broke off, in ms. */
const PAUSE_MS = 200;

/** Works with others for one attempt. */
export function taskTeamwork({ mayAct }: Pick<AssignTask, 'mayAct'>, ports: TeamworkPorts): TeamContext {
  const { client, attempt, signal } = ports;
  const spawnAll = (children: readonly ChildTask[], more: object) => {
    if (!mayAct) throw new TaskError('refused', 'a task that may not act spawns no others');
    return called(signal, (options) =>
      client.spawnTasks({ attempt, tasks: children.map(childMessage), ...more }, options),
    );
  };
  return {
    spawn: async (children, { limits = {} } = {}) => {
      const { tasks } = await spawnAll(children, { limits: limitsMessage(limits) });
      return tasks.map(({ name, taskId, isNew }) => ({ name, id: taskId, isNew }));
    },
    join: (children, join = 'all') => joined(ports, children, join),
    delegate: async (children, { input, join = 'all', limits = {} } = {}) => {
      const continuation = {
        ...(input !== undefined && { input: wireJson(input) }),
        ...joinMessage(join, children.length),
      };
      const { tasks } = await spawnAll(children, { continuation, limits: limitsMessage(limits) });
      return { continuedBy: tasks.at(-1)?.taskId ?? '' };
    },
    send: async (to, body, { key = crypto.randomUUID(), expiresInMs } = {}) => {
      if (!mayAct) throw new TaskError('refused', 'a task that may not act sends nothing');
      const expiresIn = expiresInMs === undefined ? {} : { expiresIn: durationFromMs(expiresInMs) };
      const mail = { attempt, to: addressMessage(to), body: wireJson(body), key, ...expiresIn };
      const { messageId, sequence } = await called(signal, (options) => client.sendMessage(mail, options));
      return { id: messageId, sequence: Number(sequence) };
    },
    receive: async (options = {}) => (mayAct ? received(ports, options) : []),
  };
}

async function joined<Result>(
  { client, attempt, signal }: TeamworkPorts,
  children: readonly Pick<SpawnedChild, 'id' | 'name'>[],
  join: Join,
): Promise<readonly ChildOutcome<Result>[]> {
  const need = joinNeed(join, children.length);
  const ends = new Map<string, ChildOutcome<Result>>();
  const known = (): readonly ChildOutcome<Result>[] => children.flatMap(({ id }) => ends.get(id) ?? []);
  const verdict = () => {
    const succeeded = known().filter(({ state }) => state === 'succeeded').length;
    return joinVerdict(need, { total: children.length, ended: ends.size, succeeded });
  };
  while (verdict() === 'wait') {
    const taskIds = children.map(({ id }) => id).filter((id) => !ends.has(id));
    try {
      for await (const end of client.joinTasks({ attempt, taskIds }, { signal })) {
        ends.set(end.taskId, outcomeOf(end));
        if (verdict() !== 'wait') break;
      }
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isBroken(thrown))
        throw new TaskError('crash', ConnectError.from(thrown).rawMessage, { cause: thrown });
      await delay(PAUSE_MS, undefined, { signal });
    }
  }
  if (verdict() === 'ready') return known();
  const failed = known().filter(({ state }) => state !== 'succeeded');
  const words = failed.map(
    ({ name, state, failure }) => `${name} is ${state}${failure ? `: ${failure.message}` : ''}`,
  );
  // A later attempt would find the same ends again.
  throw new TaskError('refused', `of the tasks that it spawned, ${words.join('; ')}`);
}

const BROKEN: readonly Code[] = [Code.Unavailable, Code.DeadlineExceeded, Code.Canceled, Code.Aborted];

/** Whether no server answers, or one went away while it did. */
const isBroken = (thrown: unknown): boolean => BROKEN.includes(ConnectError.from(thrown).code);

const CLASS_NAMES: Readonly<Partial<Record<FailureClass, string>>> = {
  [FailureClass.INPUT]: 'input',
  [FailureClass.TRANSIENT]: 'transient',
  [FailureClass.RATE_LIMITED]: 'rate-limited',
  [FailureClass.TIMEOUT]: 'timeout',
  [FailureClass.TOOL]: 'tool',
  [FailureClass.MODEL]: 'model',
  [FailureClass.REFUSED]: 'refused',
  [FailureClass.CRASH]: 'crash',
  [FailureClass.LOST]: 'lost',
};

function outcomeOf<Result>(end: JoinTasksResponse): ChildOutcome<Result> {
  const { name, taskId, state, result, failure } = end;
  const failureClass = (failure && CLASS_NAMES[failure.failureClass]) ?? 'crash';
  return {
    ...{ name, id: taskId, state: state as ChildOutcome['state'] },
    // The type of a result is whatever the caller believes it is.
    result: plainJson(result) as Result,
    failure: failure ? { failureClass, message: failure.message } : null,
  };
}

async function received<Body>(
  ports: TeamworkPorts,
  options: NonNullable<Parameters<TeamContext['receive']>[0]>,
): Promise<readonly ReceivedMail<Body>[]> {
  const { client, attempt, signal } = ports;
  const { waitMs = 0, limit = 10, holdMs = 60_000, capabilities = ports.capabilities } = options;
  const until = performance.now() + waitMs;
  for (;;) {
    const leftMs = Math.max(0, Math.min(WAIT_MS, until - performance.now()));
    const wish = { attempt, capabilities: [...capabilities], limit, hold: durationFromMs(holdMs) };
    const { messages } = await called(signal, (call) =>
      client.receiveMessages({ ...wish, wait: durationFromMs(Math.round(leftMs)) }, call),
    );
    if (messages.length > 0 || performance.now() >= until)
      return messages.map((message) => mailOf<Body>(ports, message));
  }
}

function mailOf<Body>(
  { client, attempt, signal }: TeamworkPorts,
  message: ReceivedMessage,
): ReceivedMail<Body> {
  const { messageId, receipt, sequence, deliveries, senderTaskId, senderAgentId, senderSession } = message;
  return {
    ...{ id: messageId, sequence: Number(sequence), deliveries, body: plainJson(message.body) as Body },
    from: { task: senderTaskId, agent: senderAgentId, session: senderSession === '' ? null : senderSession },
    sentAt: message.sentAt ? timestampDate(message.sentAt) : new Date(0),
    acknowledge: async () => {
      const { messageIds } = await called(signal, (options) =>
        client.acknowledgeMessages({ attempt, receipts: [{ messageId, receipt }] }, options),
      );
      return messageIds.includes(messageId);
    },
  };
}

function childMessage(child: ChildTask) {
  const { name, input = null, agent = '', session = '', capabilities = [], fairnessKey = '' } = child;
  const { priority, delayMs, withinMs, after = [], join = 'all' } = child;
  return {
    name,
    after: [...after],
    ...joinMessage(join, after.length),
    task: {
      ...{ agentId: agent, input: wireJson(input), session, capabilities: [...capabilities], fairnessKey },
      ...(priority !== undefined && { priority }),
      ...(delayMs !== undefined && { delay: durationFromMs(delayMs) }),
      ...(withinMs !== undefined && { within: durationFromMs(withinMs) }),
    },
  };
}

/** Nothing stands for all. */
function joinMessage(join: Join, total: number) {
  if (join === 'all') return {};
  if (join === 'settled') return { join: { join: { case: 'settled' as const, value: true } } };
  return { join: { join: { case: 'quorum' as const, value: joinNeed(join, Math.max(1, total)).needed } } };
}

const limitsMessage = ({ depth = 0, fanOut = 0, tasks = 0, costMicros }: TeamLimits) => ({
  ...{ depth, fanOut, tasks },
  ...(costMicros !== undefined && { costMicros: BigInt(costMicros) }),
});

function addressMessage(to: MailTo) {
  const { session = '' } = to;
  if ('agent' in to) return { to: { case: 'agentId' as const, value: to.agent }, session };
  if ('capability' in to) return { to: { case: 'capability' as const, value: to.capability }, session };
  return { to: { case: 'taskId' as const, value: to.task }, session };
}
