import { describe, expect, it, test } from 'vitest';
import { FAILURE_POLICIES } from './workflow-spec.ts';
import {
  hasWorkflowEnded,
  isFatal,
  nextWorkflow,
  WORKFLOW_STATES,
  WORKFLOW_TABLE,
  type WorkflowEvent,
  type WorkflowFacts,
} from './workflow-state.ts';

const facts = (more: Partial<WorkflowFacts> = {}): WorkflowFacts => ({
  ...{ state: 'running', policy: 'fail', verdict: null, hasToUndo: false, ...more },
});
const EVENTS = Object.keys(WORKFLOW_TABLE.running) as WorkflowEvent[];

test.each([
  ['succeeds when nothing is open', {}, 'drained', 'succeeded', null],
  ['stops when something failed', {}, 'failed', 'stopping', 'failed'],
  [
    'goes on where it may, and has failed all the same',
    { policy: 'continue' },
    'failed',
    'running',
    'failed',
  ],
  ['has failed at its end', { policy: 'continue', verdict: 'failed' }, 'drained', 'failed', 'failed'],
  ['stops when a person ends it', { policy: 'continue' }, 'cancelled', 'stopping', 'cancelled'],
  ['stops when it costs too much', { policy: 'continue' }, 'overspent', 'stopping', 'failed'],
  [
    'ends as it was stopped',
    { state: 'stopping', verdict: 'cancelled' },
    'drained',
    'cancelled',
    'cancelled',
  ],
  ['keeps why it was stopped', { state: 'stopping', verdict: 'failed' }, 'cancelled', 'stopping', 'failed'],
] as const)('a workflow %s', (_, more, event, state, verdict) => {
  expect(nextWorkflow(facts(more), event)).toEqual({ state, verdict });
});

describe('a workflow that is to be taken back', () => {
  const stopping = facts({ state: 'stopping', policy: 'compensate', verdict: 'failed', hasToUndo: true });
  it('undoes what succeeded once nothing is open, and then ends', () => {
    expect(nextWorkflow(stopping, 'drained')).toEqual({ state: 'compensating', verdict: 'failed' });
    const undoing = { ...stopping, state: 'compensating' } as const;
    expect(nextWorkflow(undoing, 'cancelled').state).toBe('compensating');
    expect(nextWorkflow(undoing, 'drained')).toEqual({ state: 'failed', verdict: 'failed' });
  });
  it('ends at once where there is nothing to undo', () => {
    expect(nextWorkflow({ ...stopping, hasToUndo: false }, 'drained').state).toBe('failed');
  });
});

it('stays as it is once it has ended, and never succeeds with a verdict', () => {
  for (const state of WORKFLOW_STATES)
    for (const event of EVENTS)
      for (const policy of FAILURE_POLICIES)
        for (const verdict of [null, 'failed', 'cancelled'] as const) {
          const next = nextWorkflow(facts({ state, policy, verdict, hasToUndo: true }), event);
          if (hasWorkflowEnded(state)) expect(next).toEqual({ state, verdict });
          else if (next.state === 'succeeded') expect(verdict).toBeNull();
          // What was decided is not taken back.
          if (verdict !== null && state !== 'running') expect(next.verdict).toBe(verdict);
        }
});

it('fails by a task of the request for which nothing waits, and by no other', () => {
  const leaf = { end: 'dead', isDeclared: true, dependents: 0 } as const;
  expect(isFatal(leaf)).toBe(true);
  expect(isFatal({ ...leaf, end: 'skipped' })).toBe(true);
  expect(isFatal({ ...leaf, end: 'succeeded' })).toBe(false);
  expect(isFatal({ ...leaf, dependents: 1 })).toBe(false);
  expect(isFatal({ ...leaf, isDeclared: false })).toBe(false);
});
