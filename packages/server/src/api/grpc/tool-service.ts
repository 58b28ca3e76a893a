import type { JsonObject, MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import type { AttemptFence } from '@sluice/protocol/generated/sluice/agents/v1/memory_pb.js';
import {
  type CallToolResponseSchema,
  type EndToolCallRequest,
  type ToolRegistryService,
  type ToolSchema,
  type ToolService,
} from '@sluice/protocol/generated/sluice/agents/v1/tools_pb.js';
import { toolDefinitionSchema, type ToolRequest, type ToolView } from '@sluice/protocol/http/tools.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import type { ToolFailure, ToolFailureReason } from '@sluice/core/tasks/tool-call.ts';
import { actingNow } from '../../ledger/acting.ts';
import type { CallerName, OwnCallEnd, ToolCallAnswer, ToolDesk } from '../../tools/tool-calls.ts';
import type { ToolRegistry } from '../../tools/tool-registry.ts';
import { fenceIn } from './attempt-fence.ts';
import { problemError, valueOf } from './call-error.ts';
import { jsonOfValue, valueOfJson } from './json-value.ts';

/** What tools are served with. */
export interface ToolServicePorts {
  readonly tenant: string;
  readonly desk: ToolDesk;
  readonly registry: ToolRegistry;
}

const USUAL_PAGE = 50;
const MOST_PAGE = 200;
const MOST_OWN_TOOLS = 200;
const LONGEST_MESSAGE = 4_000;
const REASONS: readonly ToolFailureReason[] = [
  ...['unreachable' as const, 'rate-limited' as const, 'rejected' as const],
  ...['failed' as const, 'timeout' as const, 'invalid-result' as const],
];

/** Tools, for people. */
export const toolRegistryService = ({
  registry,
}: Pick<ToolServicePorts, 'registry'>): ServiceImpl<typeof ToolRegistryService> => ({
  registerTool: async ({ definition, by }) => {
    const request = valueOf(definitionIn(definition));
    const added = await registry.add({ tool: request, by: callerOr(by) });
    if (!added.ok) throw problemError(added.refusal);
    return { tool: toolMessage(added.value) };
  },
  getTool: async ({ name, version }) => {
    const found = await registry.tool(name, version);
    if (!found.ok) throw problemError(found.refusal);
    return { tool: toolMessage(found.value) };
  },
  listTools: async ({ limit, cursor }) => {
    const wanted = Math.min(limit || USUAL_PAGE, MOST_PAGE);
    const { items, next } = await registry.tools({ cursor: cursor || null, limit: wanted });
    return { tools: items.map(toolMessage), next: next ?? '' };
  },
  removeTool: async ({ name, version, by }) => {
    const removed = await registry.remove(name, version, callerOr(by));
    if (!removed.ok) throw problemError(removed.refusal);
    return { tool: toolMessage(removed.value) };
  },
});

/** Who asks is who the caller is, whatever a call says; what it says counts where nobody guards access. */
const callerOr = (said: string): string => actingNow()?.subject ?? (said || 'anonymous');

/** Tools, for workers. */
export const toolService = ({
  tenant,
  desk,
}: Pick<ToolServicePorts, 'tenant' | 'desk'>): ServiceImpl<typeof ToolService> => ({
  listAgentTools: async ({ attempt }) => {
    const tools = valueOf(await desk.callable(tenant, callerIn(attempt)));
    return {
      tools: tools.map(({ name, description, readOnly, input, output }) => ({
        ...{ name, description, readOnly, input: input as JsonObject },
        ...(output !== null && { output: output as JsonObject }),
      })),
    };
  },
  callTool: async ({ attempt, tool, call, ownTools, ...said }) => {
    const caller = callerIn(attempt);
    valueOf(nameIn(call));
    const answer = await desk.call(tenant, {
      ...{ ...caller, tool, call, arguments: said.arguments ?? {} },
      ownTools: ownTools.slice(0, MOST_OWN_TOOLS),
    });
    return answerMessage(valueOf(answer));
  },
  endToolCall: async ({ attempt, call, outcome }) => {
    const caller = callerIn(attempt);
    valueOf(nameIn(call));
    const { failure, retryAfterMs } = valueOf(
      await desk.ended(tenant, { ...caller, call, end: valueOf(endIn(outcome)) }),
    );
    return {
      ...(failure !== null && { failure: { ...failure } }),
      ...(retryAfterMs !== null && { retryAfter: durationFromMs(retryAfterMs) }),
    };
  },
});

function callerIn(said: AttemptFence | undefined): CallerName {
  const { id, attempt, worker } = valueOf(fenceIn(said));
  return { taskId: id, attempt, worker };
}

function nameIn(call: string): Result<string> {
  if (call.length > 0 && call.length <= 200 && /^[\x21-\x7e]+$/.test(call)) return ok(call);
  return refuse(
    'invalid-call',
    `The call has the name '${call.slice(0, 80)}', which is none.`,
    'Name each call within its task by 1 to 200 characters of ASCII without spaces.',
  );
}

function definitionIn(definition: unknown): Result<ToolRequest['tool']> {
  const read = toolDefinitionSchema.safeParse(definition ?? {});
  if (read.success) return ok(read.data);
  const [fault] = read.error.issues;
  return refuse(
    'invalid-tool',
    `The definition is no tool: ${fault?.path.join('.') ?? ''} ${fault?.message ?? ''}.`,
    'Write it as `ToolDefinition` of the HTTP API, which stands in its document.',
  );
}

function endIn(outcome: EndToolCallRequest['outcome']): Result<OwnCallEnd['end']> {
  if (outcome.case === 'result') {
    const json = jsonOfValue(outcome.value);
    return json.ok ? ok({ ok: true, result: json.value }) : json;
  }
  const { reason = '', message = '' } = outcome.value ?? {};
  const known = REASONS.find((one) => one === reason) ?? 'failed';
  const failure: ToolFailure = { reason: known, message: message.slice(0, LONGEST_MESSAGE) };
  return ok({ ok: false, failure });
}

function answerMessage(answer: ToolCallAnswer): MessageInitShape<typeof CallToolResponseSchema> {
  if (answer.kind === 'run-here') {
    const { name: tool, version, timeoutMs } = answer.definition;
    const value = { tool, version, timeout: durationFromMs(timeoutMs) };
    return { outcome: { case: 'run', value }, servedBy: `${tool}@${version}` };
  }
  const { servedBy, isRepeated } = answer;
  if (answer.kind === 'failed')
    return { outcome: { case: 'failure', value: { ...answer.failure } }, servedBy, isRepeated };
  const value = valueOf(valueOfJson(answer.result));
  return { outcome: { case: 'result', value }, servedBy, isRepeated };
}

const toolMessage = ({
  definition,
  createdAt,
  breaker,
  downstream,
}: ToolView): MessageInitShape<typeof ToolSchema> => ({
  definition: definition as JsonObject,
  ...{ createdAt: timestampFromMs(createdAt), breaker },
  ...{ downstream: downstream?.name ?? '', downstreamBreaker: downstream?.breaker ?? '' },
});
