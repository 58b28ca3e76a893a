/**
 * Purpose: calls of tools whose code lies in the worker's own program: allowed and written down here, made there.
 *
 * Owns, in memory: what breakers wait to hear of. A worker that says nothing for longer than the call may take has lost it.
 */
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { afterTry, pauseAfterTry, type ToolFailure } from '@sluice/core/tasks/tool-call.ts';
import { mayRepeat, TOOL_LIMITS, type ToolDefinition } from '@sluice/core/tasks/tool-definition.ts';
import type { ToolReference } from '@sluice/core/tasks/tool-spec.ts';
import type { NewToolCall, ToolCallName, ToolCallRow } from '../store/tools/tool-calls.ts';
import type { AgentPolicies } from './agent-policy.ts';
import type { CallHooks } from './call-hooks.ts';
import type { AdmittedCall, BreakerBoard } from './breaker-board.ts';
import { breakersAgainst, breakersOf } from './serve-call.ts';
import type {
  CallingTask,
  OwnCallAnswer,
  OwnCallEnd,
  ToolCallAnswer,
  ToolCallRecords,
  ToolCallRequest,
} from './tool-calls.ts';
import { leaseLost } from './tool-refusals.ts';
import type { ToolSchemas } from './tool-schemas.ts';
import type { ToolTally } from './tool-tally.ts';

/** Calls that workers make themselves. */
export interface OwnCalls {
  begin(
    tenant: string,
    entry: Omit<NewToolCall, 'leaseMs' | 'mayRepeat' | 'holder' | 'tool' | 'version'>,
    definition: ToolDefinition,
    task: CallingTask,
  ): Promise<Result<ToolCallAnswer> | 'taken' | { readonly shutForMs: number }>;
  /** What a worker is answered that asks again for the call that it makes; null when somebody else makes it. */
  resumed(present: ToolCallRow, request: ToolCallRequest): ToolCallAnswer | null;
  ended(tenant: string, end: OwnCallEnd): Promise<Result<OwnCallAnswer>>;
}

/** What they work with. */
export interface OwnCallsPorts {
  readonly records: ToolCallRecords;
  readonly definition: (tenant: string, reference: ToolReference) => Promise<ToolDefinition | undefined>;
  readonly policyOf: AgentPolicies;
  readonly hooks: Pick<CallHooks, 'after'>;
  readonly breakers: BreakerBoard;
  readonly schemas: Pick<ToolSchemas, 'fault'>;
  readonly tally: Pick<ToolTally, 'note'>;
  readonly now: () => Instant;
  readonly chance: () => number;
}

/** Beyond its time limit a worker has so long to tell the end of a call, in ms. */
const TELLING_MS = 30_000;

interface Running {
  readonly definition: ToolDefinition;
  readonly admitted: AdmittedCall;
  readonly forget: NodeJS.Timeout;
}

/** Starts with nothing under way. */
export function ownCalls(ports: OwnCallsPorts): OwnCalls {
  const running = new Map<string, Running>();
  const take = (name: ToolCallName): Running | undefined => {
    const one = running.get(keyOf(name));
    running.delete(keyOf(name));
    clearTimeout(one?.forget);
    return one;
  };
  return {
    begin: async (tenant, entry, definition, task) => {
      const admitted = ports.breakers.ask(breakersOf(definition));
      if ('retryAt' in admitted) return { shutForMs: admitted.retryAt - ports.now() };
      const leaseMs = definition.timeoutMs + TELLING_MS;
      const by = { tool: definition.name, version: definition.version, mayRepeat: mayRepeat(definition) };
      const call = { ...entry, ...by, holder: holderOf(task), leaseMs };
      if (!(await ports.records.begin(tenant, call))) {
        admitted.withdrawn();
        return 'taken';
      }
      const forget = setTimeout(() => take(entry)?.admitted.withdrawn(), leaseMs).unref();
      running.set(keyOf(entry), { definition, admitted, forget });
      return ok({ kind: 'run-here', definition });
    },
    resumed: (present, request) => {
      const one = running.get(keyOf(request));
      const isItsOwn = present.attempt === request.attempt && present.holder === holderOf(present);
      return one !== undefined && isItsOwn ? { kind: 'run-here', definition: one.definition } : null;
    },
    ended: async (tenant, told) => {
      const present = await ports.records.find(tenant, told);
      const isHeld = present?.state === 'running' && present.holder === holderOf(present);
      const isItsOwn = present?.worker === told.worker && present.attempt === told.attempt;
      if (present === undefined || !isHeld || !isItsOwn) return leaseLost(told.taskId, told.attempt);
      const known = take(told);
      const reference = { tool: present.tool ?? '', version: present.version ?? '' };
      const definition = known?.definition ?? (await ports.definition(tenant, reference));
      const failure = failureOf(ports, definition, told);
      known?.admitted.ended(breakersAgainst(known.definition, failure));
      const next =
        failure === null || definition === undefined ? 'end' : afterTry(definition, failure, present.tries);
      const isHarmless = failure !== null && (SURELY_NOT.has(failure.reason) || present.mayRepeat);
      const holder = { taskId: told.taskId, call: told.call, attempt: told.attempt, holder: present.holder };
      await ports.records.end(
        tenant,
        holder,
        failure === null
          ? { state: 'succeeded', result: told.end.ok ? told.end.result : null, mayRepeat: false }
          : { state: 'failed', failure, mayRepeat: isHarmless },
      );
      ports.tally.note(told.taskId, told.attempt, failure !== null);
      await tellHooks(ports, tenant, present, told, failure);
      return ok({
        failure,
        retryAfterMs: next === 'again' ? Math.round(pauseAfterTry(present.tries, ports.chance())) : null,
      });
    },
  };
}

const SURELY_NOT: ReadonlySet<ToolFailure['reason']> = new Set(['unreachable', 'rate-limited', 'rejected']);

const keyOf = ({ taskId, call }: ToolCallName): string => `${taskId} ${call}`;
const holderOf = ({ worker }: Pick<CallingTask, 'worker'>): string => `worker ${worker}`;

/** What a worker gives is judged as what others give. */
function failureOf(
  { schemas }: OwnCallsPorts,
  definition: ToolDefinition | undefined,
  { end }: OwnCallEnd,
): ToolFailure | null {
  if (!end.ok) return end.failure;
  const bytes = Buffer.byteLength(JSON.stringify(end.result));
  if (bytes > TOOL_LIMITS.resultBytes)
    return {
      reason: 'invalid-result',
      message: `It gave ${bytes} bytes, and ${TOOL_LIMITS.resultBytes} are the most.`,
    };
  const fault = definition?.output ? schemas.fault(definition.output, end.result) : null;
  return fault === null
    ? null
    : { reason: 'invalid-result', message: `What it gives is not what its schema says: ${fault}.` };
}

async function tellHooks(
  { hooks, policyOf }: OwnCallsPorts,
  tenant: string,
  present: ToolCallRow,
  { taskId, attempt, call, end }: OwnCallEnd,
  failure: ToolFailure | null,
): Promise<void> {
  const policy = await policyOf(tenant, present.queue, present.revision);
  hooks.after(tenant, policy, {
    ...{ queue: present.queue, revision: present.revision, session: null, taskId, attempt, call },
    // What it was called with is not kept as a whole.
    ...{ tool: present.name, arguments: null, state: failure === null ? 'succeeded' : 'failed' },
    ...(failure === null && end.ok ? { result: end.result } : { error: failure?.message ?? '' }),
  });
}
