/**
 * Purpose: what an attempt at a task may do with tools: call those that its component declares.
 *
 * Owns, in memory: which calls are under way from here. 1. A call is written down before it is made, and only as long as the
 * attempt has the task. 2. A call of the same name is answered from the record; whatever acts is made again only where it has
 * surely not acted, or knows repetitions. 3. Nothing is called that the revision does not declare, with arguments that its
 * schema does not allow, against a hook's veto, or with effects for a task that may not act. 4. Every call is kept with its
 * end, refused ones too.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { ok, type Refusal, type Result } from '@sluice/core/kernel/result.ts';
import { mayRepeat, TOOL_LIMITS, type ToolDefinition } from '@sluice/core/tasks/tool-definition.ts';
import { type ToolReference, toolReferenceText } from '@sluice/core/tasks/tool-spec.ts';
import type { StoredFailure, ToolCallEnd, ToolCallRow } from '../store/tools/tool-calls.ts';
import type { AgentPolicies, AgentPolicy } from './agent-policy.ts';
import type { CallHooks, HookedCall } from './call-hooks.ts';
import { candidatesFor } from './candidates.ts';
import type { OwnCalls } from './own-calls.ts';
import { redactedArguments } from './redacted.ts';
import { serveCall, type Served, type ServePorts } from './serve-call.ts';
import type {
  CallableTool,
  CallerName,
  CallingTask,
  ToolCallAnswer,
  ToolCallRecords,
  ToolCallRequest,
  ToolDesk,
} from './tool-calls.ts';
import {
  argumentsTooLarge,
  callDiffers,
  forbidden,
  leaseLost,
  notPermitted,
  outcomeUnknown,
  shut,
  tooManyCalls,
  underWay,
  wrongArguments,
} from './tool-refusals.ts';
import type { ToolTally } from './tool-tally.ts';

/** What the desk works with. */
export interface ToolDeskPorts extends ServePorts {
  readonly records: ToolCallRecords;
  /** The task of an attempt, while it has it. */
  readonly callingTask: (
    tenant: string,
    name: { readonly taskId: string; readonly attempt: number },
  ) => Promise<CallingTask | undefined>;
  readonly policyOf: AgentPolicies;
  readonly definition: (tenant: string, reference: ToolReference) => Promise<ToolDefinition | undefined>;
  readonly hooks: CallHooks;
  readonly tally: Pick<ToolTally, 'note' | 'of'>;
  readonly ownCalls: OwnCalls;
  /** Names this server in what it holds. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly newId: () => string;
}

/** Everything that is known of a call before it is made. */
interface Asked {
  readonly tenant: string;
  readonly request: ToolCallRequest;
  readonly task: CallingTask;
  readonly policy: AgentPolicy;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly digest: string;
}

/** So many servers do not take a call from each other by chance. */
const ATTEMPTS = 3;

/** Starts with nothing under way. */
export function toolDesk(ports: ToolDeskPorts): ToolDesk {
  const closing = new AbortController();
  const underWayHere = new Set<Promise<unknown>>();
  const watched = <Value>(work: Promise<Value>): Promise<Value> => {
    const settled = work.finally(() => underWayHere.delete(settled));
    underWayHere.add(settled);
    return settled;
  };
  return {
    callable: (tenant, caller) => callable(ports, tenant, caller),
    call: (tenant, request) => watched(call(ports, tenant, request, closing.signal)),
    ended: (tenant, end) => watched(ports.ownCalls.ended(tenant, end)),
    close: async () => {
      closing.abort();
      await Promise.allSettled(underWayHere);
    },
  };
}

/** The task of an attempt, while the worker that says so has it. */
async function callingTask(
  ports: ToolDeskPorts,
  tenant: string,
  caller: CallerName,
): Promise<CallingTask | undefined> {
  const task = await ports.callingTask(tenant, caller);
  return task?.worker === caller.worker ? task : undefined;
}

async function callable(
  ports: ToolDeskPorts,
  tenant: string,
  caller: CallerName,
): Promise<Result<readonly CallableTool[]>> {
  const task = await callingTask(ports, tenant, caller);
  if (task === undefined) return leaseLost(caller.taskId, caller.attempt);
  const { tools } = await ports.policyOf(tenant, task.queue, task.revision);
  const described = await Promise.all(
    tools.map(async ({ name, servedBy: references }) => {
      const found = await Promise.all(references.map((reference) => ports.definition(tenant, reference)));
      const first = found.find((definition) => definition !== undefined);
      if (first === undefined) return [];
      const { description, input, output, readOnly } = first;
      return [{ name, description, input, output, readOnly }];
    }),
  );
  return ok(described.flat());
}

async function call(
  ports: ToolDeskPorts,
  tenant: string,
  request: ToolCallRequest,
  signal: AbortSignal,
): Promise<Result<ToolCallAnswer>> {
  const { taskId, attempt } = request;
  const task = await callingTask(ports, tenant, request);
  if (task === undefined) return leaseLost(taskId, attempt);
  if (ports.tally.of(taskId, attempt).calls >= TOOL_LIMITS.callsOfAttempt) return tooManyCalls();
  const policy = await ports.policyOf(tenant, task.queue, task.revision);
  const asked: Asked = {
    ...{ tenant, request, task, policy },
    arguments: (request.arguments ?? {}) as Readonly<Record<string, unknown>>,
    digest: createHash('sha256')
      .update(canonicalJson([request.tool, request.arguments]))
      .digest('hex'),
  };
  for (let nth = 0; nth < ATTEMPTS; nth++) {
    const known = await fromRecord(ports, asked);
    if (known !== null) return known;
    const made = await make(ports, asked, signal);
    if (made !== 'taken') return made;
    if ((await callingTask(ports, tenant, request)) === undefined) return leaseLost(taskId, attempt);
  }
  return underWay(request.call);
}

/** What an earlier call of the same name says; null when this one is to be made. */
async function fromRecord(ports: ToolDeskPorts, asked: Asked): Promise<Result<ToolCallAnswer> | null> {
  const { tenant, request } = asked;
  const present = await ports.records.find(tenant, request);
  if (present === undefined) return null;
  if (present.digest !== asked.digest) return callDiffers(request.call, request.tool);
  const repeated = { servedBy: servedBy(present), isRepeated: true };
  if (present.state === 'succeeded') return ok({ kind: 'done', result: present.result, ...repeated });
  if (present.state === 'unknown') return outcomeUnknown(request.tool);
  if (present.state !== 'running')
    return present.mayRepeat ? null : ok({ kind: 'failed', failure: present.failure ?? UNTOLD, ...repeated });
  const mine = ports.ownCalls.resumed(present, request);
  if (mine !== null) return ok(mine);
  if (!present.isAbandoned) return underWay(request.call);
  if (present.mayRepeat) return null;
  const refused = outcomeUnknown(request.tool);
  await ports.records.giveUp(tenant, request, failureOf(refused.refusal));
  ports.tally.note(request.taskId, request.attempt, true);
  return refused;
}

const UNTOLD: StoredFailure = { reason: 'failed', message: 'It failed.' };

async function make(
  ports: ToolDeskPorts,
  asked: Asked,
  signal: AbortSignal,
): Promise<Result<ToolCallAnswer> | 'taken'> {
  const { tenant, request, task, policy } = asked;
  const refused = async ({ refusal }: { readonly ok: false; readonly refusal: Refusal }) => {
    ports.tally.note(request.taskId, request.attempt, true);
    const entry = { ...entryOf(ports, asked), ...NOBODY, holder: ports.holder };
    await ports.records.refuse(tenant, entry, failureOf(refusal));
    return { ok: false, refusal } as const;
  };
  const declared = policy.tools.find(({ name }) => name === request.tool);
  if (declared === undefined)
    return refused(
      notPermitted(
        request.tool,
        task.queue,
        policy.tools.map(({ name }) => name),
      ),
    );
  const fault = argumentsFault(asked);
  if (fault !== null) return refused(fault);
  const found = await candidatesFor(ports, { ...asked, declared });
  if (!found.ok) return refused(found);
  const hooked = hookedOf(asked);
  const asking = await ports.hooks.before(tenant, policy, hooked);
  if (!asking.isAllowed)
    return refused(forbidden(`the call of ${request.tool}`, asking.hook, asking.message));

  const [first] = found.value;
  if (first?.runner.kind === 'worker') {
    const own = await ports.ownCalls.begin(tenant, entryOf(ports, asked), first, task);
    return typeof own === 'object' && 'shutForMs' in own ? refused(shut(request.tool, own.shutForMs)) : own;
  }
  const holder = {
    taskId: request.taskId,
    call: request.call,
    holder: ports.holder,
    attempt: request.attempt,
  };
  const begun = await ports.records.begin(tenant, {
    ...{ ...entryOf(ports, asked), ...byOf(first), holder: ports.holder, leaseMs: ports.leaseMs },
  });
  if (!begun) return 'taken';
  const served = await serveCall(ports, {
    candidates: found.value.filter(({ runner }) => runner.kind !== 'worker'),
    ...{ arguments: asked.arguments, key: `${request.taskId}/${request.call}`, signal },
    tries: (by) => ports.records.tries(tenant, holder, byOf(by)),
  });
  await ports.records.end(tenant, holder, endOf(served));
  ports.tally.note(request.taskId, request.attempt, !served.ok);
  ports.hooks.after(tenant, policy, {
    ...hooked,
    ...(served.ok
      ? { state: 'succeeded', result: served.result }
      : { state: 'failed', error: served.failure.message }),
  });
  return ok(answerOf(served));
}

function argumentsFault({ request }: Asked): { readonly ok: false; readonly refusal: Refusal } | null {
  const { arguments: given, tool } = request;
  if (given !== null && (typeof given !== 'object' || Array.isArray(given)))
    return wrongArguments(tool, 'they are no object');
  const bytes = Buffer.byteLength(JSON.stringify(given));
  return bytes > TOOL_LIMITS.argumentsBytes ? argumentsTooLarge(tool, bytes) : null;
}

const NOBODY = { tool: null, version: null };

const entryOf = ({ newId }: Pick<ToolDeskPorts, 'newId'>, { request, policy, digest }: Asked) => ({
  ...{
    taskId: request.taskId,
    call: request.call,
    id: newId(),
    attempt: request.attempt,
    name: request.tool,
  },
  ...{ digest, arguments: redactedArguments(request.arguments ?? {}, policy.secrets) },
});

const byOf = (by: ToolDefinition | undefined) => ({
  tool: by?.name ?? null,
  version: by?.version ?? null,
  mayRepeat: by === undefined || mayRepeat(by),
});

const hookedOf = ({ request, task, arguments: given }: Asked): HookedCall => ({
  ...{ queue: task.queue, revision: task.revision, session: task.session, taskId: request.taskId },
  ...{ attempt: request.attempt, call: request.call, tool: request.tool, arguments: given },
});

const failureOf = ({ code, message }: Refusal): StoredFailure => ({ reason: code, message });

function endOf(served: Served): ToolCallEnd {
  if (served.ok) return { state: 'succeeded', result: served.result, mayRepeat: false };
  return { state: 'failed', failure: served.failure, mayRepeat: served.mayRepeat };
}

function answerOf(served: Served): ToolCallAnswer {
  const by =
    served.by === null ? '' : toolReferenceText({ tool: served.by.name, version: served.by.version });
  return served.ok
    ? { kind: 'done', result: served.result, servedBy: by, isRepeated: false }
    : { kind: 'failed', failure: served.failure, servedBy: by, isRepeated: false };
}

const servedBy = ({ tool, version }: Pick<ToolCallRow, 'tool' | 'version'>): string =>
  tool === null || version === null ? '' : toolReferenceText({ tool, version });
