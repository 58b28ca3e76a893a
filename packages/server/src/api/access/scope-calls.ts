import { type DescMessage, isMessage, type Message } from '@bufbuild/protobuf';
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { Code, ConnectError, createContextKey, type Interceptor } from '@connectrpc/connect';
import type { Permission } from '@sluice/core/access/permissions.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { ServedThing } from './refused-work.ts';

/** What a call's caller may not do, in the values of each call; it may do everything where nobody has said. */
export const CALLER_MAY_NOT = createContextKey<
  (permission: Permission, track: string | null) => Promise<Problem | undefined>
>(async () => undefined, { description: 'why the caller may not' });

/** Whose work a call's caller may not do, as workers do, in the values of each call. */
export const CALLER_MAY_NOT_SERVE = createContextKey<(named: ServedThing) => Promise<Problem | undefined>>(
  async () => undefined,
  { description: 'why the caller may not do this work' },
);

/** What a call needs, in the values of each call; nothing where nobody has said. */
export const CALL_NEEDS = createContextKey<Permission | null>(null, { description: 'what the call needs' });

/**
 * Refuses calls about agents of projects and environments in which the caller has no role. The agents are those that the
 * first message names (`agent_id`, or the `id` of an agent); a call that names none is for whoever has the role everywhere.
 * Workers are let in for what they work on: the agent of their hello, the task of an attempt, a payload of their tasks. Their
 * later words are about attempts that this session was given.
 */
export const scopeCalls: Interceptor = (next) => async (request) => {
  const permission = request.contextValues.get(CALL_NEEDS);
  if (permission === null) return next(request);
  const mayNot = request.contextValues.get(CALLER_MAY_NOT);
  const mayNotServe = request.contextValues.get(CALLER_MAY_NOT_SERVE);
  const schema = request.method.input;
  const check = async (message: unknown): Promise<void> => {
    if (!isMessage(message)) return;
    const { served, agents } = namedBy(schema, message);
    for (const named of served) refuseFor(await mayNotServe(named));
    const tracks = agents.length > 0 || permission === 'agents:work' ? agents : [null];
    for (const track of tracks) refuseFor(await mayNot(permission, track));
  };
  if (!request.stream) {
    await check(request.message);
    return next(request);
  }
  return next({ ...request, message: firstChecked(request.message, check) });
};

function refuseFor(refused: Problem | undefined): void {
  if (refused) throw new ConnectError(`${refused.detail} ${refused.remedy}`, Code.PermissionDenied);
}

async function* firstChecked<Told>(
  messages: AsyncIterable<Told>,
  check: (message: unknown) => Promise<void>,
): AsyncIterable<Told> {
  let isFirst = true;
  for await (const message of messages) {
    if (isFirst) await check(message);
    isFirst = false;
    yield message;
  }
}

/** Where an agent is named by its `id`. */
const AGENTS: ReadonlySet<string> = new Set([
  'sluice.agents.v1.Agent',
  'sluice.agents.v1.GetAgentRequest',
  'sluice.agents.v1.DeleteAgentRequest',
]);

/** Where a worker names what it works on, and the task that it writes to, by message and field. */
const SERVED: Readonly<Record<string, ServedThing['kind']>> = {
  'sluice.agents.v1.WorkerHello.agent_id': 'track',
  'sluice.agents.v1.HeldTask.task_id': 'task',
  'sluice.agents.v1.AttemptFence.task_id': 'task',
  'sluice.agents.v1.DownloadPayloadRequest.payload': 'payload',
  'sluice.agents.v1.MailAddress.task_id': 'addressee',
};

interface Named {
  readonly served: ServedThing[];
  /** Agents that are asked about, or given something. */
  readonly agents: string[];
}

function namedBy(schema: DescMessage, message: Message): Named {
  const named: Named = { served: [], agents: [] };
  gather(reflect(schema, message), named);
  return named;
}

function gather(message: ReflectMessage, into: Named): void {
  const { typeName } = message.desc;
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    const kind = SERVED[`${typeName}.${field.name}`];
    const isAgent = field.name === 'agent_id' || (field.name === 'id' && AGENTS.has(typeName));
    if (field.fieldKind === 'scalar') {
      const id = String(message.get(field));
      if (kind !== undefined) into.served.push({ kind, id });
      else if (isAgent) into.agents.push(id);
    } else if (field.fieldKind === 'message') gather(message.get(field), into);
    else if (field.fieldKind === 'list' && field.listKind === 'message')
      for (const item of message.get(field)) gather(item as ReflectMessage, into);
  }
}
