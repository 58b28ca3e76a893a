import type { Instant } from '../kernel/instant.ts';
import type { MeasurementSpec } from './measurement-spec.ts';
import { UNMEASURED, type MeasurementState } from './measurement-state.ts';
import type { Rollout } from './state.ts';

/** A measurement that should be made now. */
export interface DueMeasurement {
  readonly spec: MeasurementSpec;
  readonly dueAt: Instant;
}

/** What is measured in the rollout's present step: its own measurements, and those that go on beside the steps. */
export function presentMeasurements({ phase, plan }: Rollout): readonly MeasurementSpec[] {
  if (phase.name !== 'running' && phase.name !== 'held') return [];
  const step = plan.steps[phase.step];
  const own = step?.kind === 'judge' || step?.kind === 'settle' ? step.measurements : [];
  return [...own, ...plan.analysis.measurements.filter(({ fromStep }) => fromStep <= phase.step)];
}

/** What of the present measurements is due; nothing is before it has been begun by a look. */
export function dueMeasurements(rollout: Rollout, now: Instant): readonly DueMeasurement[] {
  const states = rollout.evidence?.measurements ?? {};
  return presentMeasurements(rollout).flatMap((spec) => {
    const dueAt = states[spec.name]?.nextDueAt ?? null;
    return dueAt === null || dueAt > now ? [] : [{ spec, dueAt }];
  });
}

/** A measurement of the present step with how it went. */
interface Present {
  readonly spec: MeasurementSpec;
  readonly state: MeasurementState;
}

/** The first measurement that failed for good, in words. */
export function failedMeasurement(rollout: Rollout): string | undefined {
  const found = presentOnes(rollout).find(({ state }) => state.end === 'failed');
  if (!found) return undefined;
  const { spec, state } = found;
  const total = state.successes + state.failures + state.inconclusive;
  return `the measurement ${spec.name} failed ${state.failures} of ${total} times${lastWords(state)}`;
}

/** The first measurement whose provider has failed too often in a row, in words. */
export function unansweredMeasurement(rollout: Rollout): string | undefined {
  const found = presentOnes(rollout).find(
    ({ spec, state }) => state.end === null && state.consecutiveErrors > spec.consecutiveErrorLimit,
  );
  return (
    found &&
    `the measurement ${found.spec.name} could not be made ${found.state.consecutiveErrors} times in a row${lastWords(found.state)}`
  );
}

/** The first measurement that ended without saying anything, in words. */
export function unclearMeasurement(rollout: Rollout): string | undefined {
  const found = presentOnes(rollout).find(({ state }) => state.end === 'inconclusive');
  return found && `the measurement ${found.spec.name} is inconclusive${lastWords(found.state)}`;
}

/** Measurements of the step that it has to wait for, in words; undefined when none is left. */
export function openMeasurement(rollout: Rollout): string | undefined {
  const step = rollout.phase.name === 'running' ? rollout.plan.steps[rollout.phase.step] : undefined;
  const own = step?.kind === 'judge' || step?.kind === 'settle' ? step.measurements : [];
  const states = rollout.evidence?.measurements ?? {};
  const open = own.find(
    (spec) => !spec.dryRun && endsByItself(spec) && (states[spec.name]?.end ?? null) === null,
  );
  if (!open) return undefined;
  const state = states[open.name] ?? UNMEASURED;
  const done = state.successes + state.failures + state.inconclusive;
  return `the measurement ${open.name}: ${done}${open.count === null ? '' : ` of ${open.count}`} made${lastWords(state)}`;
}

const endsByItself = ({ count, consecutiveSuccessLimit }: MeasurementSpec): boolean =>
  count !== null || consecutiveSuccessLimit !== null;

/** Nothing follows from a dry run. */
const presentOnes = (rollout: Rollout): readonly Present[] =>
  presentMeasurements(rollout).flatMap((spec) => {
    const state = rollout.evidence?.measurements[spec.name];
    return state && !spec.dryRun ? [{ spec, state }] : [];
  });

const lastWords = ({ last }: MeasurementState): string => (last ? `: ${last.message}` : '');
