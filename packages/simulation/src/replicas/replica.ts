import type { Gate, ObservedGates } from '@sluice/core/gates/gate.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Decision } from '@sluice/core/rollout/decide.ts';
import type { Effect } from '@sluice/core/rollout/effects.ts';
import type { Observation, ObservedTarget } from '@sluice/core/rollout/observation.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { WorkStep } from '../script/script.ts';
import type { HostAnswer, HostOrder } from '../world/host-order.ts';
import type { FaultBoard } from '../world/fault-board.ts';
import type { Surroundings } from '../world/surroundings.ts';
import { CheckDesk } from './check-desk.ts';

/** How often replicas look, in milliseconds: coarser than in production, because a tick of the world is as long. */
const PACE = { activeMs: 3000, idleMs: 30_000 };
/** After orders were given the world changes soon. */
const LOOK_AFTER_EFFECTS_MS = 400;
/** How long a replica waits for the answer to an order, in milliseconds. */
const ANSWER_WITHIN_MS = 3000;

/** One replica of the server: observe → decide → commit → perform → record, and it may die between any two of them. */
export class Replica {
  readonly index: number;
  readonly name: string;
  isUp = true;
  readonly #around: Surroundings;
  readonly #checks: CheckDesk;
  /** Counts lives: what an earlier life had begun is not gone on with. */
  #life = 0;

  constructor(index: number, around: Surroundings) {
    this.index = index;
    this.name = `replica ${'ABC'[index] ?? index}`;
    this.#around = around;
    this.#checks = new CheckDesk(around, this.name);
  }

  /** Looks at the track once, and does what is to be done. */
  look(): void {
    const { store, queue, chance, metrics, host } = this.#around;
    store.take(this.name, queue.now);
    const { track } = store;
    this.#go('observe', chance.between(1, 40), () => {
      const target = this.#targetSeen();
      this.#go('decide', chance.between(1, 300), () => {
        const observation: Observation = {
          now: queue.now,
          target,
          router: host.isDown
            ? { kind: 'unreachable', message: 'the host does not answer' }
            : {
                kind: 'observed',
                inForce: host.confirmed?.split ?? null,
                generation: host.confirmed?.generation ?? 0,
              },
          metrics: metrics.observe(track.active, queue.now),
          measured: [],
          baseline: isStarting(track) ? metrics.baseline(track.stable, queue.now) : null,
          gates: gatesIn(this.#around.faults, queue.now),
        };
        const decision = this.#around.engine.decide(track, observation, PACE);
        this.#go('commit', 0, () => this.#commit(track, decision, observation));
      });
    });
  }

  #targetSeen(): ObservedTarget {
    const { host, queue } = this.#around;
    return host.isDown
      ? { kind: 'unreachable', message: 'the host does not answer' }
      : { kind: 'observed', revisions: host.observed(queue.now) };
  }

  #commit(before: TrackState, decision: Decision, observation: Observation): void {
    const { store, queue, watch, story, rouse } = this.#around;
    const soon = decision.effects.length > 0 ? queue.now + LOOK_AFTER_EFFECTS_MS : decision.wakeAt;
    const nextWakeAt: Instant = Math.min(decision.wakeAt, soon);
    const { events, track: after } = decision;
    if (events.length === 0) {
      store.reschedule(this.name, nextWakeAt);
      rouse();
      watch.decided({ before, track: before, decision, observation });
      return this.#perform(decision.effects, 0, before);
    }
    const version = store.commit({ before, events, after, nextWakeAt, by: this.name });
    rouse();
    if (version === 'conflict')
      return story.tell(() => `${this.name} was too late: somebody else committed first`);
    watch.decided({ before, track: { ...after, version }, decision, observation });
    this.#perform(decision.effects, 0, { ...after, version });
  }

  #perform(effects: readonly Effect[], index: number, track: TrackState): void {
    const effect = effects[index];
    if (!effect) return;
    this.#go('perform', 0, () => {
      const next = (): void => this.#perform(effects, index + 1, track);
      if (effect.kind === 'runChecks') {
        this.#checks.start(effect, track);
        return next();
      }
      this.#order(orderOf(effect, track.version), next);
    });
  }

  /** Gives an order and goes on when it is answered, or when the answer does not come. */
  #order(order: HostOrder, goOn: () => void): void {
    const { network, queue, story } = this.#around;
    const life = this.#life;
    let isOver = false;
    const over = (answer: HostAnswer | 'no answer'): void => {
      if (isOver || life !== this.#life) return;
      isOver = true;
      if (answer !== 'done')
        story.tell(() => `${this.name} hears: ${answer} (${order.kind}, generation ${order.generation})`);
      this.#go('record', 0, goOn);
    };
    network.send(order, over);
    queue.after(ANSWER_WITHIN_MS, () => over('no answer'));
  }

  /** Goes on with the work after a while, unless this is where the replica dies or stands still. */
  #go(step: WorkStep, delayMs: number, work: () => void): void {
    const { queue, faults, story } = this.#around;
    const life = this.#life;
    const goOn = (): void => {
      if (life !== this.#life) return;
      const crash = faults.strike('replica-crash', this.index, step, queue.now);
      if (crash) return this.#die(step, crash.forMs);
      const stall = faults.strike('replica-stall', this.index, step, queue.now);
      if (!stall) return work();
      story.tell(() => `${this.name} stands still before ${step} for ${stall.forMs / 1000} s`);
      queue.after(stall.forMs, () => {
        if (life === this.#life) work();
      });
    };
    if (delayMs > 0) queue.after(delayMs, goOn);
    else goOn();
  }

  #die(step: WorkStep, downMs: number): void {
    const { queue, story, rouse } = this.#around;
    this.#life++;
    this.isUp = false;
    this.#checks.forget();
    story.tell(() => `${this.name} dies before ${step}, for ${downMs / 1000} s`);
    queue.after(downMs, () => {
      this.isUp = true;
      rouse();
    });
  }
}

const isStarting = ({ active, queue }: TrackState): boolean =>
  active === null ? queue.length > 0 : active.phase.name === 'planned';

function orderOf(effect: Exclude<Effect, { kind: 'runChecks' }>, generation: number): HostOrder {
  switch (effect.kind) {
    case 'applyCapacity': {
      const { revision, instances, dedicatedPorts } = effect;
      return { kind: 'capacity', generation, revision, instances, dedicatedPorts };
    }
    case 'applySplit':
      return { kind: 'split', generation, split: effect.split };
    case 'retireRevision':
      return { kind: 'retire', generation, revision: effect.revision };
  }
}

/** What keeps releases from going out at a moment. */
function gatesIn(faults: FaultBoard, now: Instant): ObservedGates {
  if (faults.present('gates-unknown', now)) return { kind: 'unreachable', message: 'no answer' };
  const closed = (['frozen', 'line-stopped'] as const).flatMap((kind): readonly Gate[] => {
    if (!faults.present(kind, now)) return [];
    const holds = kind === 'frozen' ? 'starts' : 'everything';
    return [{ kind: 'freeze', name: kind, isOpen: false, words: 'the freeze to end', opensAt: null, holds }];
  });
  return { kind: 'observed', gates: closed };
}
