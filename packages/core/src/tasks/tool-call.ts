import { mayRepeat, type ToolDefinition } from './tool-definition.ts';

/** How one try of a call failed. */
export interface ToolFailure {
  readonly reason: ToolFailureReason;
  /** For people and for the agent; never the arguments, never a secret. */
  readonly message: string;
}

/** Why a try failed. */
export type ToolFailureReason =
  /** It could not be reached: it has surely done nothing. */
  | 'unreachable'
  /** It asked for fewer calls, before it did anything. */
  | 'rate-limited'
  /** It says that the arguments are wrong: nobody else would take them. */
  | 'rejected'
  /** It failed, and nobody knows what it had done before. */
  | 'failed'
  /** It gave nothing in time, and may still be at it. */
  | 'timeout'
  /** It did it, and gave something that its schema does not allow, or that is too large. */
  | 'invalid-result';

/** What is done after a try that failed: the same tool again, the next one that serves, or nothing. */
export type AfterTry = 'again' | 'next' | 'end';

/** The pause before the first try again, in ms; each further one is twice as long. */
const PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** What to do after a try that failed, so that whatever acts does not act twice. */
export function afterTry(
  tool: Pick<ToolDefinition, 'readOnly' | 'idempotent' | 'retries'>,
  { reason }: Pick<ToolFailure, 'reason'>,
  tries: number,
): AfterTry {
  if (reason === 'rejected') return 'end';
  if (!hasSurelyNotActed(reason) && !mayRepeat(tool)) return 'end';
  // What it gives is wrong, and would be so again; somebody else may do better.
  if (reason === 'invalid-result') return tool.readOnly ? 'next' : 'end';
  if (tries <= tool.retries) return 'again';
  // Another tool does not know the key by which this one knows a repetition.
  return hasSurelyNotActed(reason) || tool.readOnly ? 'next' : 'end';
}

const hasSurelyNotActed = (reason: ToolFailureReason): boolean =>
  reason === 'unreachable' || reason === 'rate-limited';

/** Whether a failure speaks against whatever lies behind a tool, and not only against the tool. */
export const isOfDownstream = (reason: ToolFailureReason): boolean =>
  reason === 'unreachable' || reason === 'timeout';

/**
 * How long to wait before a try, in ms: exponential, up to half of it left to chance.
 * @param tries how many there were, from 1
 * @param place from 0 to 1, by chance
 */
export const pauseAfterTry = (tries: number, place: number): number =>
  Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** (tries - 1)) * (1 - place / 2);

/** How a call ended, or that it goes on. */
export type ToolCallState =
  | 'running'
  | 'succeeded'
  /** The tool, or all that serve it, failed. */
  | 'failed'
  /** It was not made: not permitted, wrong arguments, or forbidden by a hook. */
  | 'refused'
  /** Whoever made it is gone, and nobody knows whether it took effect. */
  | 'unknown';

/** All states of a call, for schemas and for people. */
export const TOOL_CALL_STATES: readonly ToolCallState[] = [
  'running',
  'succeeded',
  'failed',
  'refused',
  'unknown',
];
