/**
 * Purpose: the one way in which a track changes. `transition(state, event)` is total: every phase has a row and
 * every rollout event a column in `TABLE`; an illegal pair is a named error, a late one is ignored by name.
 */
import { assert } from '../kernel/assert.ts';
import { gateWords } from '../gates/gate.ts';
import type { Instant } from '../kernel/instant.ts';
import type { RolloutEvent, RolloutEventKind, TrackEvent } from './events.ts';
import { beginStepEvidence, observeBatch, startEvidence, type Evidence } from './evidence.ts';
import { observeMeasurements } from './measurement-state.ts';
import { presentMeasurements } from './measuring.ts';
import { HISTORY_LIMIT, type Phase, type PhaseName, type Rollout, type TrackState } from './state.ts';
import { transitionTrack } from './transition-track.ts';

type Of<Kind extends RolloutEventKind> = Extract<RolloutEvent, { kind: Kind }>;
type Row = {
  readonly [Kind in RolloutEventKind]: ((rollout: Rollout, event: Of<Kind>) => Rollout) | 'late' | 'illegal';
};

/** A pair of phase and event that must not happen; it names both and stops only its own track. */
export class IllegalTransition extends Error {
  readonly phase: PhaseName;
  readonly event: RolloutEventKind;
  constructor(phase: PhaseName, event: RolloutEventKind) {
    super(`bug: a rollout that is ${phase} cannot take ${event}`);
    this.name = 'IllegalTransition';
    this.phase = phase;
    this.event = event;
  }
}

/** The next state of a track after one event. */
export function transition(track: TrackState, event: TrackEvent): TrackState {
  const changed = transitionTrack(track, event);
  if (changed) return changed;
  const rolloutEvent = event as RolloutEvent;
  if (event.kind === 'checkFinished' && !track.active) return track;
  assert(track.active, `${event.kind} came without an active rollout on ${track.id}`);
  const active = transitionRollout(track.active, rolloutEvent);
  return settle({ ...track, active }, rolloutEvent);
}

/** What every phase does with every event; also printed by the tests. */
export function transitionRollout(rollout: Rollout, event: RolloutEvent): Rollout {
  const cell = TABLE[rollout.phase.name][event.kind] as
    | ((rollout: Rollout, event: RolloutEvent) => Rollout)
    | 'late'
    | 'illegal';
  if (cell === 'illegal') throw new IllegalTransition(rollout.phase.name, event.kind);
  return cell === 'late' ? rollout : cell(rollout, event);
}

const phased = (rollout: Rollout, phase: Phase): Rollout => ({ ...rollout, phase });
const stepOf = (rollout: Rollout): number =>
  rollout.phase.name === 'running' || rollout.phase.name === 'held' ? rollout.phase.step : 0;
const stepSince = (rollout: Rollout, at: Instant): Instant =>
  rollout.phase.name === 'running'
    ? rollout.phase.since
    : rollout.phase.name === 'held'
      ? rollout.phase.stepSince
      : at;

const planned = (rollout: Rollout, event: Of<'rolloutPlanned'>): Rollout =>
  phased(rollout, { name: 'planned', since: event.at });

const gatesClosed = (rollout: Rollout, { at, key, gates }: Of<'gatesClosed'>): Rollout => ({
  ...rollout,
  waits: { since: rollout.waits?.since ?? at, key, words: gates.map(gateWords).join('; ') },
});

/** Time at a gate is none that a rollout takes for itself. */
const gatesOpened = ({ waits: _over, ...rollout }: Rollout, { at }: Of<'gatesOpened'>): Rollout =>
  rollout.phase.name === 'promoting' ? phased(rollout, { ...rollout.phase, since: at }) : rollout;

const started = (rollout: Rollout, event: Of<'rolloutStarted'>): Rollout => {
  const evidence = startEvidence(rollout.plan, event.baseline, event.at);
  return {
    ...phased(rollout, { name: 'running', step: 0, since: event.at }),
    stable: event.stable,
    startedAt: event.at,
    evidence: beginStepEvidence(evidence, rollout.plan.steps[0], rollout.plan.analysis.measurements),
  };
};

const stepFinished = (rollout: Rollout, event: Of<'stepFinished'>): Rollout => {
  const current = stepOf(rollout);
  assert(event.step === current, `step ${event.step} ended while step ${current} ran`);
  const next = rollout.plan.steps[current + 1];
  return {
    ...phased(rollout, { name: 'running', step: current + 1, since: event.at }),
    evidence:
      rollout.evidence && beginStepEvidence(rollout.evidence, next, rollout.plan.analysis.measurements),
    checks: null,
    unhealthySince: null,
  };
};

const withMeasured = (
  rollout: Rollout,
  evidence: Evidence,
  { batch, at }: Of<'evidenceObserved'>,
): Evidence => ({
  ...evidence,
  measurements: observeMeasurements(evidence.measurements, presentMeasurements(rollout), batch.measured, at),
});

const evidenced = (rollout: Rollout, event: Of<'evidenceObserved'>): Rollout => ({
  ...rollout,
  evidence:
    rollout.evidence && withMeasured(rollout, observeBatch(rollout.evidence, event.batch, event.at), event),
});

const checksOrdered = (rollout: Rollout, event: Of<'checksOrdered'>): Rollout => ({
  ...rollout,
  checks: { key: event.key, revision: event.revision, orderedAt: event.at, names: event.names, results: {} },
});

const checkFinished = (rollout: Rollout, event: Of<'checkFinished'>): Rollout => {
  const { checks } = rollout;
  if (!checks || checks.key !== event.key || checks.results[event.name]) return rollout;
  const result = { passed: event.passed, message: event.message };
  return { ...rollout, checks: { ...checks, results: { ...checks.results, [event.name]: result } } };
};

const unhealthy = (rollout: Rollout, event: Of<'candidateUnhealthy'>): Rollout => ({
  ...rollout,
  unhealthySince: Math.min(rollout.unhealthySince ?? event.at, event.at),
});
const healthy = (rollout: Rollout): Rollout => ({ ...rollout, unhealthySince: null });

const held = (rollout: Rollout, event: Of<'rolloutHeld'>): Rollout =>
  phased(rollout, {
    name: 'held',
    step: stepOf(rollout),
    stepSince: stepSince(rollout, event.at),
    since: event.at,
    reason: event.reason,
  });

const holdEnded = (rollout: Rollout, event: Of<'holdEnded'>): Rollout =>
  phased(rollout, {
    name: 'running',
    step: stepOf(rollout),
    // A step that a gate kept from beginning begins now.
    since: isAtGate(rollout.phase) ? event.at : stepSince(rollout, event.at),
  });

const isAtGate = (phase: Phase): boolean => phase.name === 'held' && phase.reason.kind === 'gate';

const promotionBegun = (rollout: Rollout, event: Of<'promotionBegun'>): Rollout => ({
  ...phased(rollout, { name: 'promoting', since: event.at }),
  checks: null,
  unhealthySince: null,
  verdictAt: rollout.verdictAt ?? event.at,
});

const rollbackBegun = (rollout: Rollout, event: Of<'rollbackBegun'>): Rollout => ({
  ...phased(rollout, { name: 'rolling-back', since: event.at, reason: event.reason }),
  checks: null,
  verdictAt: rollout.verdictAt ?? event.at,
});

const blocked = (rollout: Rollout, event: Of<'rollbackBlocked'>): Rollout => {
  assert(rollout.phase.name === 'rolling-back', 'only a rollback can be blocked');
  return phased(rollout, {
    name: 'stuck',
    since: event.at,
    reason: rollout.phase.reason,
    obstacle: event.obstacle,
  });
};

const resumed = (rollout: Rollout, event: Of<'rollbackResumed'>): Rollout => {
  assert(rollout.phase.name === 'stuck', 'only a stuck rollback can be resumed');
  return phased(rollout, { name: 'rolling-back', since: event.at, reason: rollout.phase.reason });
};

const succeeded = (rollout: Rollout, event: Of<'rolloutSucceeded'>): Rollout =>
  phased(rollout, { name: 'succeeded', at: event.at });

const rolledBack = (rollout: Rollout, event: Of<'rolloutRolledBack'>): Rollout => {
  assert(rollout.phase.name === 'rolling-back', 'only a rollback ends rolled back');
  return phased(rollout, { name: 'rolled-back', at: event.at, reason: rollout.phase.reason });
};

const illegal: Row = {
  rolloutPlanned: 'illegal',
  gatesClosed: 'illegal',
  gatesOpened: 'illegal',
  rolloutStarted: 'illegal',
  stepFinished: 'illegal',
  evidenceObserved: 'illegal',
  checksOrdered: 'illegal',
  checkFinished: 'late',
  candidateUnhealthy: 'illegal',
  candidateHealthy: 'illegal',
  rolloutHeld: 'illegal',
  holdEnded: 'illegal',
  promotionBegun: 'illegal',
  rollbackBegun: 'illegal',
  rollbackBlocked: 'illegal',
  rollbackResumed: 'illegal',
  rolloutSucceeded: 'illegal',
  rolloutRolledBack: 'illegal',
};

const moving: Row = {
  ...illegal,
  stepFinished,
  evidenceObserved: evidenced,
  checksOrdered,
  checkFinished,
  candidateUnhealthy: unhealthy,
  candidateHealthy: healthy,
  promotionBegun,
  rollbackBegun,
};

/** The total transition table of a rollout. */
export const TABLE: { readonly [Name in PhaseName]: Row } = {
  queued: { ...illegal, rolloutPlanned: planned },
  planned: { ...illegal, gatesClosed, gatesOpened, rolloutStarted: started, rollbackBegun },
  running: { ...moving, rolloutHeld: held },
  held: { ...moving, rolloutHeld: held, holdEnded },
  promoting: {
    ...illegal,
    gatesClosed,
    gatesOpened,
    evidenceObserved: evidenced,
    checksOrdered,
    checkFinished,
    candidateUnhealthy: unhealthy,
    candidateHealthy: healthy,
    rollbackBegun,
    rolloutSucceeded: succeeded,
  },
  succeeded: illegal,
  'rolling-back': {
    ...illegal,
    evidenceObserved: evidenced,
    rollbackBlocked: blocked,
    rolloutRolledBack: rolledBack,
  },
  'rolled-back': illegal,
  stuck: { ...illegal, rollbackResumed: resumed },
};

/** Moves an ended rollout out of the way and makes a promoted candidate stable, in the same breath. */
function settle(track: TrackState, event: RolloutEvent): TrackState {
  const { active } = track;
  if (!active) return track;
  if (event.kind === 'rolloutSucceeded')
    return ended(active.plan.promotes ? promoted(track, active) : track, active);
  if (event.kind === 'rolloutRolledBack') return ended(track, active);
  return track;
}

function ended(track: TrackState, active: Rollout): TrackState {
  return forget({ ...track, active: null, last: active });
}

/** Summaries are kept of what can come back or still runs. */
function forget(track: TrackState): TrackState {
  const wanted = new Set<string>([
    ...track.history,
    ...Object.keys(track.capacity),
    ...track.queue.map((rollout) => rollout.candidate),
    ...(track.last ? [track.last.candidate] : []),
  ]);
  const revisions = Object.fromEntries(Object.entries(track.revisions).filter(([id]) => wanted.has(id)));
  return { ...track, revisions };
}

function promoted(track: TrackState, rollout: Rollout): TrackState {
  const history = [...track.history.filter((revision) => revision !== rollout.candidate), rollout.candidate];
  return { ...track, stable: rollout.candidate, history: history.slice(-(HISTORY_LIMIT + 1)) };
}
