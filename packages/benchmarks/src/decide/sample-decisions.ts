import { assert } from '@sluice/core/kernel/assert.ts';
import type { Observation } from '@sluice/core/rollout/observation.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { judgedWorld, type LiveWorld, releasedWorld } from '../rig/live-world.ts';

/** One decision that can be made again and again: the state and what is seen of the world. */
export interface SampleDecision {
  readonly name: string;
  readonly track: TrackState;
  readonly observation: Observation;
}

const NOON = Date.UTC(2026, 10, 21, 12);
/** How long the candidate has been judged before. */
const EVIDENCE_SECONDS = 600;

/** The decisions that are measured, from the commonest states of a track. */
export function sampleDecisions(): readonly SampleDecision[] {
  return [idle(), running(1), running(10), running(60), held(), rollingBack()];
}

const decisionIn = (name: string, world: LiveWorld): SampleDecision => ({
  name,
  track: world.track,
  observation: world.observation(),
});

const idle = (): SampleDecision => decisionIn('idle: nothing to do', releasedWorld(0, NOON));

/** A look `ticks` seconds after the one before. */
function running(ticks: number): SampleDecision {
  const world = judgedWorld(0, EVIDENCE_SECONDS, NOON);
  world.now += (ticks - 1) * 1000;
  const decision = decisionIn(`running: judging, ${ticks} s of evidence`, world);
  const { metrics } = decision.observation;
  assert(
    metrics.kind === 'ticks' && metrics.ticks.length === ticks,
    'the sample has another number of ticks',
  );
  return decision;
}

function held(): SampleDecision {
  const world = judgedWorld(0, EVIDENCE_SECONDS, NOON);
  assert(world.command('pause').ok, 'the sample cannot be paused');
  return decisionIn('held: paused by a person, 1 s of evidence', world);
}

/** Just after an abort, before the router has confirmed that everything goes to stable. */
function rollingBack(): SampleDecision {
  const world = judgedWorld(0, EVIDENCE_SECONDS, NOON);
  assert(world.command('abort').ok, 'the sample cannot be aborted');
  world.ignored = ['applySplit'];
  world.look();
  return decisionIn('rolling back: the split is ordered', world);
}
