import type { Tick } from '../../analysis/tick.ts';
import type { ObservedGates } from '../../gates/gate.ts';
import { type GateRules, NO_GATE_RULES } from '../../gates/gate-rules.ts';
import { assert } from '../../kernel/assert.ts';
import { type RevisionId, revisionId, rolloutId, trackId } from '../../kernel/ids.ts';
import type { Instant } from '../../kernel/instant.ts';
import type { Result } from '../../kernel/result.ts';
import { type Split, shareOf } from '../../traffic/split.ts';
import { commandRollout, requestRollout, type RolloutCommand, type RolloutRequest } from '../commands.ts';
import { decide, type Decision } from '../decide.ts';
import type { Effect } from '../effects.ts';
import type { TrackEvent } from '../events.ts';
import { EMPTY_BASELINE } from '../evidence.ts';
import type { MeasurementOutcome, MeasurementResult } from '../measurement-state.ts';
import { dueMeasurements } from '../measuring.ts';
import { newTrack } from '../new-track.ts';
import type { Observation, ObservedMetrics, ObservedRevision } from '../observation.ts';
import { compilePlan, type RolloutLane } from '../plan.ts';
import type { TrackState } from '../state.ts';
import type { StrategySpec } from '../strategy-spec.ts';
import { transition } from '../transition.ts';
import { breakGlass, type VoteOrder, voteOnRollout } from '../votes.ts';
import { SAMPLE_CANARY, sampleComponent } from './sample-component.ts';

/** What a test may say of a release that it asks for. */
export interface ReleaseOptions {
  readonly strategy?: StrategySpec;
  readonly instances?: number;
  readonly lane?: RolloutLane;
  readonly arrival?: RolloutRequest['arrival'];
  readonly gates?: Partial<GateRules>;
}

/**
 * A world for tests of one decision after another: every order is carried out at once and without fault, a second
 * passes per look, and a test spoils what it wants to see spoilt. The simulation is the world with faults.
 */
export class TameWorld {
  now: Instant = 1_000_000;
  track: TrackState = newTrack(trackId('shop', 'production', 'web'));
  revisions: Record<string, ObservedRevision> = {};
  inForce: Split | null = null;
  generation = 0;
  targetUp = true;
  routerUp = true;
  baselineUp = true;
  /** Gates that are declared apart from plans; undefined while there can be none. */
  gates: ObservedGates | undefined;
  /** Orders that the world leaves undone. */
  ignored: readonly Effect['kind'][] = [];
  /** The part of a revision's requests that fail. */
  readonly errorRates: Record<string, number> = {};
  requestsPerSecond = 100;
  /** What the provider says instead of ticks; undefined while it works. */
  metrics: ObservedMetrics | undefined;
  /** How each measurement goes whenever it is due; one that is not named is never answered. */
  readonly measurements: Record<string, () => MeasurementOutcome> = {};
  checkPasses: boolean | undefined = true;
  last: Decision | undefined;
  readonly facts: TrackEvent[] = [];

  /** Asks for a version and commits the answer. */
  release(version: string, options: ReleaseOptions = {}): Result<readonly TrackEvent[]> {
    const { strategy = SAMPLE_CANARY, instances = 4, lane = 'normal', arrival = 'supersede' } = options;
    const gates = options.gates && { ...NO_GATE_RULES, ...options.gates };
    const plan = compilePlan(sampleComponent({ ...strategy, ...(gates && { gates }) }, instances), {
      first: this.track.stable === null,
      lane,
    });
    const revision = { id: idOf(version), version, instances, fullInstances: plan.fullInstances };
    const id = rolloutId(`ro-${this.track.nextNumber}`);
    return this.#take(requestRollout(this.track, { id, lane, revision, plan, by: 'ann', arrival }, this.now));
  }

  /** Says what somebody thinks of the release, as who they are. */
  vote(subject: string, order: Partial<VoteOrder> = {}): Result<readonly TrackEvent[]> {
    const said = {
      subject,
      groups: [],
      roles: ['approver'],
      decision: 'approve',
      reason: null,
      ...order,
    } as const;
    return this.#take(voteOnRollout(this.track, said, this.now));
  }

  breakGlass(reason: string): Result<readonly TrackEvent[]> {
    return this.#take(breakGlass(this.track, { by: 'otto', reason }, this.now));
  }

  command(command: RolloutCommand): Result<readonly TrackEvent[]> {
    return this.#take(commandRollout(this.track, { command, by: 'ann' }, this.now));
  }

  /** One look: observe, decide, commit, and do what was ordered. */
  look(): Decision {
    const decision = decide(this.track, this.observation());
    this.commit(decision.events);
    this.last = decision;
    for (const effect of decision.effects) if (!this.ignored.includes(effect.kind)) this.perform(effect);
    this.now += 1000;
    return decision;
  }

  /** Looks until something holds; a bug when it does not within `looks`. */
  lookUntil(holds: () => boolean, looks = 1000): void {
    for (let look = 0; look < looks && !holds(); look++) this.look();
    assert(holds(), `it did not come about within ${looks} looks; ${JSON.stringify(this.last?.explanation)}`);
  }

  /** Looks until no rollout is under way or waits. */
  settle(looks = 1000): void {
    this.lookUntil(() => this.track.active === null && this.track.queue.length === 0, looks);
    this.look();
    this.look();
  }

  /** Looks until the active rollout is in a phase, and in a step when one is named. */
  reach(phase: string, step?: string): void {
    this.lookUntil(() => {
      const { active } = this.track;
      const at = active && 'step' in active.phase ? active.plan.steps[active.phase.step]?.kind : undefined;
      return active?.phase.name === phase && (step === undefined || at === step);
    });
  }

  observation(): Observation {
    const down = { kind: 'unreachable', message: 'no answer' } as const;
    const isPlanned = this.track.active?.phase.name === 'planned';
    return {
      now: this.now,
      target: this.targetUp ? { kind: 'observed', revisions: { ...this.revisions } } : down,
      router: this.routerUp ? { kind: 'observed', inForce: this.inForce, generation: this.generation } : down,
      metrics: this.#metrics(),
      measured: this.#measured(),
      baseline: this.baselineUp ? (isPlanned ? EMPTY_BASELINE : null) : down,
      ...(this.gates && { gates: this.gates }),
    };
  }

  commit(events: readonly TrackEvent[]): void {
    if (events.length === 0) return;
    this.track = { ...events.reduce(transition, this.track), version: this.track.version + 1 };
    this.facts.push(...events);
  }

  perform(effect: Effect): void {
    if (effect.kind === 'applyCapacity')
      this.revisions[effect.revision] = running(effect.instances, this.now, this.track.version);
    if (effect.kind === 'retireRevision') delete this.revisions[effect.revision];
    if (effect.kind === 'applySplit') {
      this.inForce = effect.split;
      this.generation = this.track.version;
    }
    if (effect.kind === 'runChecks' && this.checkPasses !== undefined)
      for (const name of effect.names)
        this.commit([
          {
            kind: 'checkFinished',
            at: this.now,
            key: effect.key,
            name,
            passed: this.checkPasses,
            message: 'seen',
          },
        ]);
  }

  /** Says how many instances of a version are ready, whatever was ordered; the last order counts as obeyed. */
  ready(version: string, ready: number, more: Partial<ObservedRevision> = {}): void {
    const before = this.revisions[idOf(version)] ?? running(0, this.now, 0);
    this.revisions[idOf(version)] = { ...before, ready, generation: this.track.version, ...more };
  }

  /** The share of a version in the split in force, in basis points. */
  share(version: string): number {
    return this.inForce ? shareOf(this.inForce, idOf(version)) : 0;
  }

  /** The kinds of the facts so far, for tests of their order. */
  get kinds(): readonly string[] {
    return this.facts.map(({ kind }) => kind);
  }

  #take(answer: Result<readonly TrackEvent[]>): Result<readonly TrackEvent[]> {
    if (answer.ok) this.commit(answer.value);
    return answer;
  }

  #measured(): readonly MeasurementResult[] {
    const due = this.track.active ? dueMeasurements(this.track.active, this.now) : [];
    return due.flatMap(({ spec: { name }, dueAt }) => {
      const outcome = this.measurements[name]?.();
      const value = String(outcome);
      return outcome ? [{ name, dueAt, at: this.now, outcome, value, message: `it was ${value}` }] : [];
    });
  }

  #metrics(): ObservedMetrics {
    const { active } = this.track;
    if (!active?.evidence) return { kind: 'not-asked' };
    if (this.metrics) return this.metrics;
    const from = active.evidence.cursor;
    const seconds = Math.max(0, Math.floor((this.now - from) / 1000));
    const ticks = Array.from({ length: seconds }, (_, index) => this.#tick(from + index * 1000));
    return { kind: 'ticks', ticks, cursor: from + seconds * 1000, expressions: [] };
  }

  #tick(at: Instant): Tick {
    const arm = (revision: RevisionId | null | undefined): Tick['candidate'] => {
      const mirror = this.inForce?.mirror?.revision === revision ? this.inForce?.mirror?.basisPoints : 0;
      const share = revision && this.inForce ? shareOf(this.inForce, revision) + (mirror ?? 0) : 0;
      const requests = Math.round((this.requestsPerSecond * share) / 10_000);
      return { requests, errors: Math.round(requests * (this.errorRates[revision ?? ''] ?? 0)), latency: [] };
    };
    const { active, stable } = this.track;
    return { at, durationMs: 1000, candidate: arm(active?.candidate), stable: arm(stable), warmingUp: false };
  }
}

/** The revision id of a version in this world. */
export const idOf = (version: string): RevisionId => revisionId(`web-${version}`);

const running = (instances: number, now: Instant, generation: number): ObservedRevision => ({
  ordered: instances,
  generation,
  ready: instances,
  wanted: null,
  disrupted: false,
  crashLooping: false,
  reason: null,
  youngestStartAt: now,
});

/** A world in which a version is stable. */
export function stableWorld(version = 'v1', options: ReleaseOptions = {}): TameWorld {
  const world = new TameWorld();
  world.release(version, options);
  world.settle();
  assert(world.track.stable === idOf(version), `${version} did not become stable`);
  return world;
}
