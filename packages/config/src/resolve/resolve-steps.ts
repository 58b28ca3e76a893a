import { assert } from '@sluice/core/kernel/assert.ts';
import type { Step, WinnerSpec } from '@sluice/core/rollout/step.ts';
import type { Amount } from '@sluice/core/rollout/strategy-spec.ts';
import type { GoalSpec } from '@sluice/core/traffic/goal.ts';
import type { StickyKey } from '@sluice/core/traffic/split.ts';
import type { CriteriaInput } from '../language/criteria-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { GoalInput } from '../language/traffic-language.ts';
import { instancesOf } from './resolve-amount.ts';
import { overlaid, resolveCriteria } from './resolve-criteria.ts';
import { resolveMatches, resolveSticky } from './resolve-matches.ts';
import { resolveMeasurements } from './resolve-measurements.ts';
import { type StepInput, listOf } from './strategy-body.ts';

type StepMapping = Exclude<StepInput, string>;

/** What the steps of a plan depend on beside themselves. */
export interface StepContext {
  readonly instances: number;
  readonly user: StickyKey | null;
  /** Criteria of the strategy, which every step that watches measures too. */
  readonly criteria: CriteriaInput;
  readonly baseDirectory: string;
  /** Before the names of its measurements, so that several steps may use the same. */
  readonly prefix: string;
}

/** A goal with its defaults. */
export function resolveGoal(goal: GoalInput | undefined): GoalSpec {
  const { path, method, from } = typeof goal === 'object' ? goal : { path: goal ?? DEFAULTS.ab.goal };
  return { path, method: method ?? null, from: from ?? '/' };
}

/** One step of a plan written by hand, in the words of the engine. */
export function resolveStep(step: StepInput, context: StepContext): Step {
  if (step === 'switch') return { kind: 'switch' };
  if (step.provision !== undefined) return provisionStep(step.provision, context.instances);
  if (step.verify !== undefined) return { kind: 'verify', checks: listOf(step.verify) };
  if (step.shift !== undefined) return shiftStep(step.shift, context);
  if (step.hold !== undefined) return { kind: 'hold', durationMs: step.hold };
  if (step.approve !== undefined) return { kind: 'approve', prompt: step.approve };
  if (step.judge !== undefined) return judgeStep(step.judge, context);
  if (step.settle !== undefined) return settleStep(step.settle, context);
  assert(step.retire !== undefined, 'a step without a kind was not refused');
  return { kind: 'retire', delayMs: step.retire };
}

function provisionStep(provision: NonNullable<StepMapping['provision']>, full: number): Step {
  const long = 'candidate' in provision ? provision : { candidate: provision };
  const all: Amount = { instances: full };
  return {
    kind: 'provision',
    candidate: instancesOf(long.candidate, full) ?? full,
    stable: instancesOf(long.stable ?? all, full) ?? full,
    dedicatedPorts: long['own-ports'] ?? false,
  };
}

function shiftStep(shift: NonNullable<StepMapping['shift']>, { user }: StepContext): Step {
  const long = typeof shift === 'number' ? { share: shift } : shift;
  return {
    kind: 'shift',
    shareBasisPoints: long.share ?? 0,
    matches: resolveMatches(long.match, user),
    mirrorBasisPoints: long.mirror ?? 0,
    sticky: resolveSticky(long.sticky, user),
  };
}

function judgeStep(judge: NonNullable<StepMapping['judge']>, context: StepContext): Step {
  const { criteria } = context;
  const long = typeof judge === 'number' ? { for: judge } : judge;
  return {
    kind: 'judge',
    durationMs: long.for,
    criteria: resolveCriteria(overlaid(criteria, long.criteria), long.for),
    early: long.early ?? false,
    winner: long.winner ? resolveWinner(long.winner) : null,
    measurements: resolveMeasurements(long.measurements, context),
  };
}

type WinnerInput = NonNullable<Extract<NonNullable<StepMapping['judge']>, object>['winner']>;

const resolveWinner = (winner: WinnerInput): WinnerSpec => ({
  goal: resolveGoal(winner.goal),
  significance: winner.significance ?? DEFAULTS.ab.significance,
  maxSamples: winner['max-samples'] ?? DEFAULTS.ab.maxSamples,
  decide: winner.decide ?? DEFAULTS.ab.winner,
});

function settleStep(settle: NonNullable<StepMapping['settle']>, context: StepContext): Step {
  const { criteria } = context;
  const long = typeof settle === 'number' ? { for: settle } : settle;
  return {
    kind: 'settle',
    durationMs: long.for,
    criteria: resolveCriteria(overlaid(criteria, long.criteria), long.for),
    measurements: resolveMeasurements(long.measurements, context),
  };
}
