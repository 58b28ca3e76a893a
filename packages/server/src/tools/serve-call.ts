import type { Instant } from '@sluice/core/kernel/instant.ts';
import { afterTry, isOfDownstream, pauseAfterTry, type ToolFailure } from '@sluice/core/tasks/tool-call.ts';
import { mayRepeat, type ToolDefinition, type ToolRunner } from '@sluice/core/tasks/tool-definition.ts';
import { toolReferenceText } from '@sluice/core/tasks/tool-spec.ts';
import type { BreakerReading } from '../telemetry/breaker-gauges.ts';
import type { BreakerBoard } from './breaker-board.ts';
import { downstreamOf, type ToolExecutor, type TryEnd } from './tool-executor.ts';
import { leftAlone } from './tool-refusals.ts';
import type { ToolSchemas } from './tool-schemas.ts';

/** What calls are served with. */
export interface ServePorts {
  readonly executors: { readonly [Kind in Exclude<ToolRunner['kind'], 'worker'>]: ToolExecutor<Kind> };
  readonly breakers: BreakerBoard;
  readonly schemas: Pick<ToolSchemas, 'fault'>;
  readonly now: () => Instant;
  /** From 0 to 1. */
  readonly chance: () => number;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A call that is served here. */
export interface ServedCall {
  /** Those that may serve it, the first first. */
  readonly candidates: readonly ToolDefinition[];
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly key: string;
  /** Aborted when this server closes. */
  readonly signal: AbortSignal;
  /** Writes down which tool is tried next, before it is; false when the call is somebody else's by now. */
  readonly tries: (definition: ToolDefinition) => Promise<boolean>;
}

/** What came of a call. */
export type Served =
  | { readonly ok: true; readonly result: unknown; readonly by: ToolDefinition }
  | {
      readonly ok: false;
      readonly failure: ToolFailure;
      readonly by: ToolDefinition | null;
      /** Whether it does no harm to make the call again. */
      readonly mayRepeat: boolean;
    };

/** The names of the breakers that a call of a tool goes through. */
export function breakersOf(definition: ToolDefinition): readonly string[] {
  const downstream = downstreamOf(definition);
  const own = `tool ${toolReferenceText({ tool: definition.name, version: definition.version })}`;
  return downstream === null ? [own] : [own, `downstream ${downstream}`];
}

/** Breakers as they are measured: what of, and how they stand. */
export const breakerReadings = (breakers: Pick<BreakerBoard, 'states'>): readonly BreakerReading[] =>
  breakers.states().map(([named, state]) => {
    const [kind = '', ...name] = named.split(' ');
    return { kind: kind === 'tool' ? 'tool' : 'downstream', name: name.join(' '), state };
  });

/** Those of the breakers that a failure speaks against; what an agent did wrong speaks against none. */
export function breakersAgainst(definition: ToolDefinition, failure: ToolFailure | null): readonly string[] {
  if (failure === null || failure.reason === 'rejected' || failure.reason === 'rate-limited') return [];
  const [own = '', ...downstream] = breakersOf(definition);
  return isOfDownstream(failure.reason) ? [own, ...downstream] : [own];
}

/** Tries those that may serve a call, one after the other, until one has; nothing that acts is made to act twice. */
export async function serveCall(ports: ServePorts, call: ServedCall): Promise<Served> {
  let last: { readonly failure: ToolFailure; readonly by: ToolDefinition | null } | undefined;
  let hasPerhapsActed = false;
  let isFirst = true;
  for (const by of call.candidates) {
    for (let tries = 1; ; tries++) {
      const asked = ports.breakers.ask(breakersOf(by));
      if ('retryAt' in asked) {
        last ??= { by, failure: { reason: 'unreachable', message: leftAlone(asked.retryAt - ports.now()) } };
        break;
      }
      if (!isFirst && !(await call.tries(by))) {
        asked.withdrawn();
        return { ok: false, failure: TAKEN_OVER, by, mayRepeat: false };
      }
      isFirst = false;
      const end = await oneTry(ports, by, call);
      asked.ended(breakersAgainst(by, end.ok ? null : end.failure));
      if (end.ok) return { ...end, by };
      last = { failure: end.failure, by };
      hasPerhapsActed ||= !mayRepeat(by) && !SURELY_NOT.has(end.failure.reason);
      const next = call.signal.aborted ? 'end' : afterTry(by, end.failure, tries);
      if (next === 'end') return { ok: false, ...last, mayRepeat: !hasPerhapsActed };
      if (next === 'next') break;
      await ports.pause(pauseAfterTry(tries, ports.chance()), call.signal);
    }
  }
  const { failure, by } = last ?? { failure: NOBODY, by: null };
  return { ok: false, failure, by, mayRepeat: !hasPerhapsActed };
}

const SURELY_NOT: ReadonlySet<ToolFailure['reason']> = new Set(['unreachable', 'rate-limited', 'rejected']);
const TAKEN_OVER: ToolFailure = { reason: 'failed', message: 'Another server has taken the call over.' };
const NOBODY: ToolFailure = { reason: 'unreachable', message: 'Nothing serves it.' };

async function oneTry(
  { executors, schemas }: ServePorts,
  definition: ToolDefinition,
  { arguments: sent, key, signal: closing }: ServedCall,
): Promise<TryEnd> {
  const { runner, output, timeoutMs } = definition;
  const signal = AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)]);
  const one = { definition, arguments: sent, key, signal };
  const end = await carriedOut(executors, one, runner);
  const fault = end.ok && output !== null ? schemas.fault(output, end.result) : null;
  if (fault === null) return end;
  return {
    ok: false,
    failure: { reason: 'invalid-result', message: `What it gives is not what its schema says: ${fault}.` },
  };
}

function carriedOut(
  { http, mcp }: ServePorts['executors'],
  one: Parameters<ToolExecutor>[0],
  runner: ToolRunner,
): Promise<TryEnd> {
  if (runner.kind === 'http') return http(one, runner);
  if (runner.kind === 'mcp') return mcp(one, runner);
  return Promise.resolve({
    ok: false,
    failure: { reason: 'unreachable', message: 'It runs in workers, and this one does not have it.' },
  });
}
