import type { FailurePolicy } from './workflow-spec.ts';

/** Where a workflow stands. The last three are ends. */
export type WorkflowState =
  | 'running'
  /** What is open is being cancelled. */
  | 'stopping'
  /** What had succeeded is being undone. */
  | 'compensating'
  | 'succeeded'
  | 'failed'
  | 'cancelled';

/** All of them, for schemas and for people. */
export const WORKFLOW_STATES: readonly WorkflowState[] = [
  'running',
  'stopping',
  'compensating',
  'succeeded',
  'failed',
  'cancelled',
];

/** What can happen to a workflow. */
export type WorkflowEvent =
  /** Something failed that nothing makes up for. */
  | 'failed'
  /** A person ended it. */
  | 'cancelled'
  /** It has cost more than it may. */
  | 'overspent'
  /** Nothing of it is open any more. */
  | 'drained';

/** What decides on the next state besides the event. */
export interface WorkflowFacts {
  readonly state: WorkflowState;
  readonly policy: FailurePolicy;
  /** How it ends once nothing is open any more; null while it may still succeed. */
  readonly verdict: 'failed' | 'cancelled' | null;
  /** Whether something has succeeded that can be undone. */
  readonly hasToUndo: boolean;
}

/** Where it goes, and how it ends. */
export type WorkflowStep = Pick<WorkflowFacts, 'state' | 'verdict'>;

type Move = (facts: WorkflowFacts) => WorkflowStep;

const stay: Move = ({ state, verdict }) => ({ state, verdict });
const fail: Move = ({ policy }) => ({
  state: policy === 'continue' ? 'running' : 'stopping',
  verdict: 'failed',
});
const stop =
  (verdict: 'failed' | 'cancelled'): Move =>
  () => ({ state: 'stopping', verdict });
const end: Move = ({ verdict }) => ({ state: verdict ?? 'succeeded', verdict });
const endOrUndo: Move = (facts) =>
  facts.policy === 'compensate' && facts.hasToUndo && facts.verdict !== null
    ? { state: 'compensating', verdict: facts.verdict }
    : end(facts);

/** What has ended stays as it is. */
const ended: Readonly<Record<WorkflowEvent, Move>> = {
  failed: stay,
  cancelled: stay,
  overspent: stay,
  drained: stay,
};

/** The total table: where an event brings a workflow. Undoing is never broken off. */
export const WORKFLOW_TABLE: Readonly<Record<WorkflowState, typeof ended>> = {
  running: { failed: fail, cancelled: stop('cancelled'), overspent: stop('failed'), drained: end },
  stopping: { ...ended, drained: endOrUndo },
  compensating: { ...ended, drained: end },
  succeeded: ended,
  failed: ended,
  cancelled: ended,
};

/** Where an event brings a workflow. */
export const nextWorkflow = (facts: WorkflowFacts, event: WorkflowEvent): WorkflowStep =>
  WORKFLOW_TABLE[facts.state][event](facts);

/** Whether a workflow has ended. */
export const hasWorkflowEnded = (state: WorkflowState): boolean =>
  state === 'succeeded' || state === 'failed' || state === 'cancelled';

/** How a task of a workflow ended, as those that wait for it see it. */
export type NodeEnd = 'succeeded' | 'dead' | 'cancelled' | 'skipped';

/**
 * Whether an end fails the workflow: that of a task of the request for which nothing waits. Where something waits, its join says
 * whether it can do without; whoever spawned a task decides about it itself.
 */
export const isFatal = (node: {
  readonly end: NodeEnd;
  /** It stands in the request, or is the task that everything began with. */
  readonly isDeclared: boolean;
  readonly dependents: number;
}): boolean => node.isDeclared && node.end !== 'succeeded' && node.dependents === 0;
