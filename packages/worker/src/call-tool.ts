import { create } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { type ToolCall, ToolCallSchema } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { newsValue } from './json-value.ts';
import { pause } from './pause.ts';
import { isAbort, TaskError, wordsOf } from './task-error.ts';

/** What a tool is given. */
export interface ToolAttempt {
  /** Aborted when the task has to stop, or the call takes too long. */
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly attempt: number;
}

/** How a tool is called. */
export interface ToolOptions {
  /** What it is called with, for whoever reads along; JSON. */
  readonly arguments?: unknown;
  /** How long one call may take, in ms; no limit of its own when it is left out. */
  readonly timeoutMs?: number;
  /** How often a failed call is made again; 0 when it is left out. */
  readonly retries?: number;
  /** The pause before the first retry, in ms; each further one is twice as long, up to half of it left to chance. */
  readonly pauseMs?: number;
}

/** Calls a tool by a name, for people and for the evidence. */
export type ToolCaller = <Result>(
  name: string,
  call: (attempt: ToolAttempt) => Result | Promise<Result>,
  options?: ToolOptions,
) => Promise<Result>;

/** What calls are made with. */
export interface ToolPorts {
  readonly signal: AbortSignal;
  readonly tell: (call: ToolCall) => Promise<void>;
  /** Hears the end of each call. */
  readonly ended: (hasFailed: boolean) => void;
  /** Hears what a call threw that nobody waited for any more. */
  readonly late: (tool: string, thrown: unknown) => void;
  /** From 0 to 1. */
  readonly chance: () => number;
}

const PAUSE_MS = 100;

/** Tools of one attempt at a task: each call is told before and after, bounded in time, and made again where asked. */
export function toolCaller(ports: ToolPorts): ToolCaller {
  let calls = 0;
  return async (name, call, options = {}) => {
    const { retries = 0, pauseMs = PAUSE_MS } = options;
    for (let attempt = 1; ; attempt++) {
      calls += 1;
      const one: OneCall = { id: String(calls), tool: name, options };
      try {
        return await told(ports, one, (signal) => call({ signal, attempt }));
      } catch (thrown) {
        ports.signal.throwIfAborted();
        const failure = failureOf(name, thrown);
        if (attempt > retries) throw failure;
        const longest = Math.max(pauseMs * 2 ** (attempt - 1), failure.retryAfterMs ?? 0);
        await pause(Math.max(longest * (1 - ports.chance() / 2), failure.retryAfterMs ?? 0), ports.signal);
        ports.signal.throwIfAborted();
      }
    }
  };
}

interface OneCall {
  readonly id: string;
  readonly tool: string;
  readonly options: ToolOptions;
}

async function told<Result>(
  { signal, tell, ended, late }: ToolPorts,
  { id, tool, options }: OneCall,
  call: (signal: AbortSignal) => Result | Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const news = { id, tool, arguments: newsValue(options.arguments) };
  await tell(create(ToolCallSchema, news));
  const begunMs = performance.now();
  const duration = (): ToolCall['duration'] => durationFromMs(Math.round(performance.now() - begunMs));
  try {
    const result = await bounded(call, { signal, tool, timeoutMs: options.timeoutMs, late });
    ended(false);
    await tell(create(ToolCallSchema, { ...news, result: newsValue(result), ...timed(duration()) }));
    return result;
  } catch (thrown) {
    ended(true);
    await tell(create(ToolCallSchema, { ...news, error: wordsOf(thrown), ...timed(duration()) }));
    throw thrown;
  }
}

const timed = (duration: ToolCall['duration']): { duration?: NonNullable<ToolCall['duration']> } =>
  duration ? { duration } : {};

interface Bound {
  readonly signal: AbortSignal;
  readonly tool: string;
  readonly timeoutMs: number | undefined;
  readonly late: ToolPorts['late'];
}

/** Waits no longer than until the task has to stop or the time is over, whatever the tool makes of its signal. */
async function bounded<Result>(
  call: (signal: AbortSignal) => Result | Promise<Result>,
  { signal, tool, timeoutMs, late }: Bound,
): Promise<Result> {
  const cut = new AbortController();
  const follow = (): void => cut.abort(signal.reason);
  signal.addEventListener('abort', follow, { once: true });
  const tooLong = new TaskError('tool', `the tool ${tool} took longer than ${timeoutMs} ms`);
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => cut.abort(tooLong), timeoutMs);
  const stopped = Promise.withResolvers<never>();
  cut.signal.addEventListener('abort', () => stopped.reject(cut.signal.reason), { once: true });
  const result = (async () => call(cut.signal))();
  try {
    return await Promise.race([result, stopped.promise]);
  } catch (thrown) {
    if (cut.signal.aborted)
      result.catch((thrownLate: unknown) => {
        if (thrownLate !== cut.signal.reason && !isAbort(thrownLate)) late(tool, thrownLate);
      });
    throw thrown;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', follow);
  }
}

const failureOf = (tool: string, thrown: unknown): TaskError =>
  thrown instanceof TaskError
    ? thrown
    : new TaskError('tool', `the tool ${tool} failed: ${wordsOf(thrown)}`, { cause: thrown });
