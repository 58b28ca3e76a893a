import { type DescMessage, isMessage, type Message } from '@bufbuild/protobuf';
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { Code, ConnectError, createContextKey, type Interceptor } from '@connectrpc/connect';
import type { Permission } from '@sluice/core/access/permissions.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';

/** What a call's caller may not do, in the values of each call; it may do everything where nobody has said. */
export const CALLER_MAY_NOT = createContextKey<
  (permission: Permission, track: string | null) => Promise<Problem | undefined>
>(async () => undefined, { description: 'why the caller may not' });

/** What a call needs, in the values of each call; nothing where nobody has said. */
export const CALL_NEEDS = createContextKey<Permission | null>(null, { description: 'what the call needs' });

/**
 * Refuses calls about agents of projects and environments in which the caller has no role. The agents are those that the
 * first message names (`agent_id`, or the `id` of an agent); a call that names none is for whoever has the role everywhere,
 * but for workers, whose later words are fenced by the attempt that they hold.
 */
export const scopeCalls: Interceptor = (next) => async (request) => {
  const permission = request.contextValues.get(CALL_NEEDS);
  if (permission === null) return next(request);
  const mayNot = request.contextValues.get(CALLER_MAY_NOT);
  const schema = request.method.input;
  const check = async (message: unknown): Promise<void> => {
    if (!isMessage(message)) return;
    const named = agentsNamedIn(schema, message);
    const tracks = named.length > 0 || permission === 'agents:work' ? named : [null];
    for (const track of tracks) {
      const refused = await mayNot(permission, track);
      if (refused) throw new ConnectError(`${refused.detail} ${refused.remedy}`, Code.PermissionDenied);
    }
  };
  if (!request.stream) {
    await check(request.message);
    return next(request);
  }
  return next({ ...request, message: firstChecked(request.message, check) });
};

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

const IDS_OF_AGENTS: ReadonlySet<string> = new Set([
  'sluice.agents.v1.Agent',
  'sluice.agents.v1.GetAgentRequest',
  'sluice.agents.v1.DeleteAgentRequest',
]);

function agentsNamedIn(schema: DescMessage, message: Message): readonly string[] {
  return [...namedIn(reflect(schema, message))];
}

function* namedIn(message: ReflectMessage): Iterable<string> {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    const isId =
      field.name === 'agent_id' || (field.name === 'id' && IDS_OF_AGENTS.has(message.desc.typeName));
    if (isId && field.fieldKind === 'scalar') yield String(message.get(field));
    else if (field.fieldKind === 'message') yield* namedIn(message.get(field));
    else if (field.fieldKind === 'list' && field.listKind === 'message')
      for (const item of message.get(field)) yield* namedIn(item as ReflectMessage);
  }
}
