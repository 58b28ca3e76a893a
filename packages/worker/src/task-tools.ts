/**
 * Purpose: the tools that the component declares, called by one attempt through the server.
 *
 * Owns the names of the attempt's calls. 1. A call that got no answer is asked for again under the same name, so that it is made
 * once. 2. A tool whose code lies in this program runs here, after the server has allowed it, and its end is told.
 */
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { RefusalSchema } from '@sluice/protocol/generated/sluice/agents/v1/refusals_pb.js';
import type { RunTool, ToolFailure } from '@sluice/protocol/generated/sluice/agents/v1/tools_pb.js';
import type { AssignTask } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import type { FailureClass } from '@sluice/core/tasks/failure-class.ts';
import type { ToolCaller } from './call-tool.ts';
import { jsonText, plainJson, wireJson } from './json-value.ts';
import { after, pause } from './pause.ts';
import { called, type ServerClients } from './server-calls.ts';
import { TaskError, wordsOf } from './task-error.ts';

/** Code of a registered tool that lies in the worker's own program. */
export type OwnTool = (
  given: Readonly<Record<string, unknown>>,
  call: {
    /** Aborted when the task has to stop, or the tool takes too long. */
    readonly signal: AbortSignal;
    /** The same when the call is made again: whoever has done it already need not do it twice. */
    readonly idempotencyKey: string;
  },
) => unknown;

/** How a declared tool is called. */
export interface CallToolOptions {
  /**
   * Names the call within its task: a later attempt that makes it again is answered with what came of it. Without it each
   * call is one of its own. 1 to 150 characters of ASCII without spaces.
   */
  readonly idempotencyKey?: string;
}

/** A tool that the agent may call, as a model is told of it. */
export interface CallableTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its arguments. */
  readonly input: JsonObject;
  /** JSON Schema of its result; null for any. */
  readonly output: JsonObject | null;
  readonly readOnly: boolean;
}

/** Tools that the component declares. */
export interface ToolsContext {
  /**
   * Calls a tool that the component declares in sluice.yaml, and tells of it.
   * @throws ToolCallError with why it failed, or was refused
   */
  callTool(
    name: string,
    given?: Readonly<Record<string, unknown>>,
    options?: CallToolOptions,
  ): Promise<JsonValue>;
  /** Those that are declared and registered. */
  tools(): Promise<readonly CallableTool[]>;
}

/** A call of a declared tool that failed, or was refused. */
export class ToolCallError extends TaskError {
  /** Stable: a reason such as `timeout`, or the code of a refusal such as `not-permitted`. */
  readonly reason: string;

  constructor(reason: string, message: string, cause?: unknown) {
    super(CLASSES[reason] ?? 'tool', message, cause === undefined ? {} : { cause });
    this.name = 'ToolCallError';
    this.reason = reason;
  }
}

/** Reasons that no other attempt would mend, and such that time does; everything else is the tool's. */
const CLASSES: Readonly<Partial<Record<string, FailureClass>>> = {
  'not-permitted': 'refused',
  'may-not-act': 'refused',
  forbidden: 'refused',
  'outcome-unknown': 'refused',
  'limit-tool-calls': 'refused',
  'rate-limited': 'rate-limited',
  'left-alone': 'transient',
};

/** What tools are called with. */
export interface TaskToolsPorts {
  readonly clients: Pick<ServerClients, 'tools'>;
  readonly worker: string;
  readonly own: Readonly<Record<string, OwnTool>>;
  readonly signal: AbortSignal;
}

/** No call takes longer: the longest time limit, with its tries; in ms. */
const PATIENCE_MS = 3_600_000;
/** Of one request, in ms; a call that takes longer is asked for again. */
const REQUEST_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** Begins with no call; `tell` tells of calls and counts them. */
export function taskTools(
  { taskId, attempt: number }: Pick<AssignTask, 'taskId' | 'attempt'>,
  ports: TaskToolsPorts,
  tell: ToolCaller,
): ToolsContext {
  const { clients, worker, own, signal } = ports;
  const attempt = { worker, taskId, attempt: number };
  const ownTools = Object.keys(own);
  let calls = 0;

  const one = async (tool: string, given: JsonObject, call: string): Promise<JsonValue> => {
    for (;;) {
      const request = { attempt, tool, call, ownTools, arguments: given };
      const { outcome } = await answered(signal, (options) => clients.tools.callTool(request, options));
      if (outcome.case === 'result') return plainJson(outcome.value);
      if (outcome.case === 'failure') throw failed(tool, outcome.value);
      if (outcome.case !== 'run')
        throw new ToolCallError('failed', `the server said nothing of the tool ${tool}`);
      const end = await ranHere(outcome.value, given, `${taskId}/${call}`, ports);
      const told = await answered(signal, (options) =>
        clients.tools.endToolCall({ attempt, call, outcome: end }, options),
      );
      if (told.failure === undefined && end.case === 'result') return plainJson(end.value);
      if (told.retryAfter === undefined) throw failed(tool, told.failure);
      await pause(durationMs(told.retryAfter), signal);
      signal.throwIfAborted();
    }
  };

  return {
    callTool: (name, given = {}, { idempotencyKey } = {}) => {
      calls += 1;
      const call = idempotencyKey === undefined ? `a${number}.${calls}` : `k.${idempotencyKey}`;
      const plain = JSON.parse(jsonText(given, 'arguments')) as JsonObject;
      return tell(name, () => one(name, plain, call), { arguments: plain });
    },
    tools: async () => {
      const { tools } = await called(signal, (options) => clients.tools.listAgentTools({ attempt }, options));
      return tools.map(({ name, description, input, output, readOnly }) => ({
        ...{ name, description, readOnly, input: input ?? {}, output: output ?? null },
      }));
    },
  };
}

const failed = (tool: string, failure: Pick<ToolFailure, 'reason' | 'message'> | undefined): ToolCallError =>
  new ToolCallError(failure?.reason ?? 'failed', `the tool ${tool} failed: ${failure?.message ?? ''}`);

/** Asks until there is an answer: while no server answers, and while the call is under way. */
async function answered<Answer>(
  signal: AbortSignal,
  ask: (options: { readonly signal: AbortSignal; readonly timeoutMs: number }) => Promise<Answer>,
): Promise<Answer> {
  const begunMs = performance.now();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2))
    try {
      return await ask({ signal, timeoutMs: REQUEST_MS });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = ConnectError.from(thrown);
      const isAway = error.code === Code.Unavailable || error.code === Code.DeadlineExceeded;
      if (!isAway || performance.now() - begunMs > PATIENCE_MS) throw refusedCall(error);
      await pause(pauseMs, signal);
      signal.throwIfAborted();
    }
}

function refusedCall(error: ConnectError): ToolCallError {
  const [refusal] = error.findDetails(RefusalSchema);
  return new ToolCallError(refusal?.code ?? 'failed', error.rawMessage, error);
}

type OwnEnd =
  | { readonly case: 'result'; readonly value: ReturnType<typeof wireJson> }
  | { readonly case: 'failure'; readonly value: { readonly reason: string; readonly message: string } };

/** Runs a tool of this program, no longer than it may. */
async function ranHere(
  { tool, timeout }: RunTool,
  given: JsonObject,
  idempotencyKey: string,
  { own, signal }: TaskToolsPorts,
): Promise<OwnEnd> {
  const run = own[tool];
  if (run === undefined) return failure('unreachable', 'This worker does not have it.');
  const late = new AbortController();
  const cancel = after(timeout === undefined ? REQUEST_MS : durationMs(timeout), () => late.abort());
  const either = AbortSignal.any([signal, late.signal]);
  const stopped = Promise.withResolvers<never>();
  either.addEventListener('abort', () => stopped.reject(either.reason), { once: true });
  try {
    const running = (async () => run(given, { signal: either, idempotencyKey }))();
    return { case: 'result', value: wireJson(await Promise.race([running, stopped.promise])) };
  } catch (thrown) {
    signal.throwIfAborted();
    return late.signal.aborted
      ? failure('timeout', 'It gave nothing in time.')
      : failure('failed', wordsOf(thrown));
  } finally {
    cancel();
    stopped.promise.catch(() => undefined);
  }
}

const failure = (reason: string, message: string): OwnEnd => ({
  case: 'failure',
  value: { reason, message },
});
