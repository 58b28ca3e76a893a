import type { Baseline } from '../analysis/baseline.ts';
import { EMPTY_BASELINE } from './evidence.ts';
import { never } from '../kernel/assert.ts';
import { emit, type Draft } from './draft.ts';
import type { Observation } from './observation.ts';
import { promote } from './promoting.ts';
import { retreat, reconsiderStuck } from './retreating.ts';
import type { Phase, Rollout } from './state.ts';
import { runStep } from './running.ts';
import { waitsAtGates } from './waiting-at-gates.ts';
import { watch } from './watching.ts';
import { reconsiderHold } from './holding.ts';

type Planned = Extract<Phase, { name: 'planned' }>;

/** How long a rollout waits for the baseline of a metrics provider that does not answer, in milliseconds. */
const BASELINE_PATIENCE_MS = 60_000;
/** Rules that may fire one after another at one look, for example steps that need no waiting. */
const MOVES_PER_LOOK = 64;

/** Moves the active rollout as far as it can go at this look. */
export function advance(draft: Draft): void {
  watch(draft);
  for (let move = 0; move < MOVES_PER_LOOK; move++) {
    const before = draft.events.length;
    moveOnce(draft);
    if (draft.track.active === null || draft.events.length === before) return;
  }
}

function moveOnce(draft: Draft): void {
  const { active } = draft.track;
  if (!active) return;
  const { phase } = active;
  switch (phase.name) {
    case 'queued':
    case 'succeeded':
    case 'rolled-back':
      return;
    case 'planned':
      return start(draft, active, phase);
    case 'running':
      return runStep(draft, active, phase);
    case 'held':
      return reconsiderHold(draft, active, phase);
    case 'promoting':
      return promote(draft, active);
    case 'rolling-back':
      return retreat(draft, active, phase);
    case 'stuck':
      return reconsiderStuck(draft, active, phase);
    default:
      return never(phase, 'moveOnce');
  }
}

function start(draft: Draft, rollout: Rollout, phase: Planned): void {
  if (waitsAtGates(draft, rollout, 'start')) return;
  const { observation } = draft;
  const direct = rollout.stable === null || rollout.lane !== 'normal';
  const leftMs = phase.since + BASELINE_PATIENCE_MS - observation.now;
  const patient = observation.target.kind !== 'observed' || leftMs > 0;
  const baseline = knownBaseline(observation) ?? (direct || !patient ? EMPTY_BASELINE : null);
  if (!baseline) {
    draft.waitingFor = baselineWords(draft, leftMs);
    return;
  }
  if (draft.track.stable === null && isTest(rollout)) {
    const detail = `no revision is stable beside which ${rollout.version} could be tested`;
    return emit(draft, { kind: 'rollbackBegun', at: observation.now, reason: { kind: 'check', detail } });
  }
  emit(draft, { kind: 'rolloutStarted', at: observation.now, baseline, stable: draft.track.stable });
  // It became stable while it waited: its steps have nothing to compare it with, so it is confirmed as it is.
  if (rollout.candidate === draft.track.stable)
    emit(draft, { kind: 'promotionBegun', at: observation.now, by: 'plan' });
}

const knownBaseline = ({ baseline }: Observation): Baseline | null =>
  baseline === null || 'kind' in baseline ? null : baseline;

/** What the wait for a baseline is for, how long it lasts at most, and why nobody answers. */
function baselineWords({ track, observation: { baseline } }: Draft, leftMs: number): string {
  const stable = track.stable === null ? undefined : track.revisions[track.stable];
  const of = stable ? `${stable.version}, which is stable` : 'the stable revision';
  const most = `for ${Math.ceil(Math.max(0, leftMs) / 1000)} s at most, after which it starts without one`;
  const why = baseline !== null && 'kind' in baseline ? `; it does not answer: ${baseline.message}` : '';
  return `the baseline of ${of}, from its metrics provider (${most})${why}`;
}

/** Whether its steps mean nothing without a stable revision: one that it waited for may never have become so. */
const isTest = ({ plan }: Rollout): boolean =>
  !plan.promotes || plan.steps.some((step) => step.kind === 'judge' && step.winner !== null);
