import type { TrackId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/instant.ts';

/**
 * When a task that waits for others may begin: when all have succeeded, when the first or so many have, or when all have
 * ended however that went.
 */
export type Join = 'all' | 'any' | 'settled' | { readonly quorum: number };

/** What becomes of a workflow in which something has failed that nothing makes up for. */
export type FailurePolicy =
  /** What is open is cancelled, and the workflow has failed. */
  | 'fail'
  /** What does not depend on it goes on to its end; then the workflow has failed. */
  | 'continue'
  /** As `fail`, and what had succeeded is undone, the latest first. */
  | 'compensate';

/** All of them, for schemas and for people. */
export const FAILURE_POLICIES: readonly FailurePolicy[] = ['fail', 'continue', 'compensate'];

/** What is asked of whoever does a task of a workflow. */
export interface NodeRequest {
  /** The queue, which is the track of a component of agents. */
  readonly track: TrackId;
  /** Any JSON; `workflow-input.ts` says what in it stands for results of others. */
  readonly input: unknown;
  /** 0 to 9; 5 without. */
  readonly priority?: number;
  readonly fairnessKey?: string;
  readonly session?: string;
  /** What a worker must be able to do. */
  readonly abilities?: readonly string[];
  /** A pause between the moment at which it could begin and its beginning, in ms. */
  readonly delayMs?: number;
  /** How long it may take from the moment at which it could begin, in ms. */
  readonly withinMs?: number;
}

/** One task of a workflow, with what it waits for. */
export interface WorkflowNode extends NodeRequest {
  /** Unique beside its siblings: letters, digits, dot, dash and underscore, at most 64. */
  readonly name: string;
  /** Names of the tasks that it waits for. */
  readonly after: readonly string[];
  readonly join: Join;
  /** Undoes it after it has succeeded, where the workflow is taken back. */
  readonly compensation?: NodeRequest;
}

/** How large a workflow may become; what is beyond is refused. */
export interface WorkflowLimits {
  /** How deep tasks may spawn tasks that spawn tasks; the tasks of the request stand at depth 0. */
  readonly depth: number;
  /** How many tasks one task may spawn, or have wait for it. */
  readonly fanOut: number;
  /** All its tasks, with those that were spawned. */
  readonly tasks: number;
  /** What all its attempts may cost together, in millionths of a currency; null for no limit. */
  readonly costMicros: number | null;
}

/** What a workflow has that says nothing. */
export const USUAL_LIMITS: WorkflowLimits = { depth: 8, fanOut: 100, tasks: 10_000, costMicros: null };

/** What no workflow may ask for more than. */
export const MOST_LIMITS = { depth: 32, fanOut: 10_000, tasks: 10_000 } as const;

/** Most lines between the tasks of one request: each is read when the earlier one ends. */
export const MOST_EDGES = 50_000;

/** A workflow as somebody asks for it. */
export interface WorkflowSpec {
  /** For people. */
  readonly name: string;
  readonly nodes: readonly WorkflowNode[];
  readonly onFailure: FailurePolicy;
  readonly limits: WorkflowLimits;
  /** What its tasks may refer to; any JSON. */
  readonly input: unknown;
  /** Whatever has not ended then ends; null for never. */
  readonly deadlineAt: Instant | null;
}
