import { trackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Rollout } from '@sluice/core/rollout/state.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import { BrokenPromise } from '../checkers/broken-promise.ts';
import type { Ground } from '../checkers/checker.ts';
import type { Ended } from '../checkers/ended.ts';
import { watchWorld } from '../checkers/watch.ts';
import { Chance } from '../clock/chance.ts';
import { EventQueue } from '../clock/event-queue.ts';
import type { Engine } from '../engine/engine.ts';
import { attend } from '../operators/attendant.ts';
import { Operator, revisionOf, versionIn } from '../operators/operator.ts';
import { Replica } from '../replicas/replica.ts';
import { VOTERS } from '../script/gates-of-seed.ts';
import { calmAfterMs, type Fault, type Script } from '../script/script.ts';
import { tellAnswer, tellCommit } from '../story/tell.ts';
import type { Story } from '../story/story.ts';
import { FaultBoard } from './fault-board.ts';
import { Network } from './network.ts';
import { foundStable } from './found-stable.ts';
import { isAtRest } from './rest.ts';
import { SimulatedHost } from './simulated-host.ts';
import { SimulatedMetrics } from './simulated-metrics.ts';
import { SimulatedStore } from './simulated-store.ts';
import { SimulatedTraffic, TICK_MS } from './simulated-traffic.ts';
import type { Surroundings } from './surroundings.ts';

/** When every story begins; a whole number of ticks. */
const BEGIN: Instant = 1_800_000_000_000;
/** After the last fault everything must have come to rest within this time, in milliseconds. */
const REST_WITHIN_MS = 3_600_000;
/** How often somebody looks whether everything has come to rest, in milliseconds. */
const ROUND_MS = 6000;

const TRACK = trackId('shop', 'production', 'web');

/** What a story came to. */
export interface Outcome {
  /** The promise that was broken, or null. */
  readonly broken: BrokenPromise | null;
  readonly seconds: number;
  readonly versions: number;
  readonly looks: number;
  /** Every rollout that ended, in order. */
  readonly ends: readonly Ended[];
  /** Requests that reached nobody who was ready. */
  readonly lostRequests: number;
}

/** One track with everything around it, living through one script. */
export class World {
  readonly #around: Surroundings;
  readonly #replicas: readonly Replica[];
  readonly #traffic: SimulatedTraffic;
  readonly #attendant: Operator;
  #isOver = false;
  #dueNumber = 0;
  #turn = 0;
  #looks = 0;

  constructor(script: Script, engine: Engine, story: Story) {
    const queue = new EventQueue(BEGIN);
    const chance = new Chance(script.seed ^ 0x5eed);
    const faults = new FaultBoard(script, BEGIN);
    story.start(BEGIN, () => queue.now);
    const store: SimulatedStore = new SimulatedStore(newTrack(TRACK), BEGIN, (change) => {
      tellCommit(story, change);
      watch.committed(change);
    });
    const host: SimulatedHost = new SimulatedHost({
      queue,
      chance,
      workers: script.workers,
      qualityOf: (revision) => versionIn(script, revision.slice('web-'.length)).quality,
      confirmationMs: (worker) => {
        const isSlow = faults.present('slow-router', queue.now)?.worker === worker;
        return isSlow ? chance.between(2000, 15_000) : chance.between(10, 150);
      },
      onOrder: (order, answer) => {
        tellAnswer(story, order, answer);
        watch.ordered(order, answer);
      },
      onTable: (worker) => watch.tableChanged(worker),
      onGone: (revision) => {
        story.tell(() => `${revision} is gone`);
        watch.revisionGone(revision);
      },
    });
    const ground: Ground = { script, begin: BEGIN, now: () => queue.now, host, store, ends: [] };
    const watch = watchWorld(ground);
    this.#traffic = new SimulatedTraffic(host, chance, script.requestsPerSecond);
    const metrics = new SimulatedMetrics(this.#traffic, host, faults, script.requestsPerSecond);
    const network = new Network(queue, chance, faults, host);
    const rouse = (): void => this.#rouse();
    this.#around = { ...ground, queue, chance, faults, network, metrics, watch, story, engine, rouse };
    this.#replicas = Array.from({ length: script.replicas }, (_, index) => new Replica(index, this.#around));
    this.#attendant = new Operator(this.#around, 'operator on duty');
  }

  /** Lives through the script to its end, or to the first broken promise. */
  run(): Outcome {
    const { queue, script, store, watch, ends } = this.#around;
    let broken: BrokenPromise | null = null;
    try {
      this.#settleStable();
      this.#schedule();
      const limit = BEGIN + calmAfterMs(script) + REST_WITHIN_MS;
      while (!this.#isOver && queue.step(limit));
      if (!this.#isOver) throw new BrokenPromise('rest', this.#unrest());
      watch.ended();
    } catch (thrown) {
      broken = asBroken(thrown);
    }
    const seconds = (queue.now - BEGIN) / 1000;
    const { lostRequests } = this.#traffic;
    return { broken, seconds, versions: store.track.version, looks: this.#looks, ends, lostRequests };
  }

  /** Brings the first version up before anything goes wrong, at the moment of the beginning. */
  #settleStable(): void {
    const { script, queue } = this.#around;
    if (script.stable) foundStable(script.stable, this.#around, queue.now);
  }

  #schedule(): void {
    const { queue, script } = this.#around;
    const operator = new Operator(this.#around, 'operator');
    for (const act of script.acts) queue.at(BEGIN + act.atMs, () => operator.act(act));
    for (const fault of script.faults) this.#scheduleFault(fault);
    queue.after(TICK_MS, () => this.#tick());
    queue.at(BEGIN + calmAfterMs(script) + ROUND_MS, () => this.#makeRound());
    this.#rouse();
  }

  #scheduleFault(fault: Fault): void {
    const { queue, host, story, script } = this.#around;
    const at = BEGIN + fault.atMs;
    queue.at(at, () => {
      story.tell(
        () =>
          `fault: ${fault.kind}${'version' in fault ? ` of ${fault.version}` : ''}, for ${fault.forMs / 1000} s`,
      );
      if (fault.kind === 'host-down') host.goDown();
      if (fault.kind === 'router-reset') host.forgetTables();
      if (fault.kind !== 'instance-crash' && fault.kind !== 'instances-unready') return;
      const revision = host.revisions.get(revisionOf(fault.version));
      if (fault.kind === 'instance-crash') revision?.crash(fault.count, queue.now);
      else revision?.turnUnready(fault.count, queue.now + fault.forMs);
    });
    if (fault.kind !== 'host-down') return;
    const isLast = (): boolean =>
      !script.faults.some(
        (other) => other.kind === 'host-down' && other !== fault && isWithin(other, fault.atMs + fault.forMs),
      );
    queue.at(at + fault.forMs, () => {
      if (isLast()) host.comeUp();
    });
  }

  #tick(): void {
    const { queue, faults, store } = this.#around;
    const isWatched = store.track.active !== null;
    if (isWatched) this.#traffic.flow(queue.now, faults.present('no-traffic', queue.now) !== undefined);
    queue.after(TICK_MS, () => this.#tick());
  }

  /** Somebody on duty looks after everything, now that nothing goes wrong any more. */
  #makeRound(): void {
    const { queue, store, host } = this.#around;
    const { active } = store.track;
    if (isAtRest(store.track, host, queue.now)) {
      this.#isOver = true;
      return;
    }
    const command = active && attend(active, queue.now);
    if (command) this.#attendant.command(command);
    if (active && isUnapproved(active)) for (const voter of VOTERS) this.#attendant.vote(voter, 'approve');
    queue.after(ROUND_MS, () => this.#makeRound());
  }

  /** Plans the next look; an earlier plan is forgotten. */
  #rouse(): void {
    const { queue, store } = this.#around;
    const number = ++this.#dueNumber;
    const free = store.isClaimed(queue.now) ? (store.claim?.until ?? queue.now) : queue.now;
    queue.at(Math.max(store.nextWakeAt, free), () => {
      if (number === this.#dueNumber) this.#due();
    });
  }

  #due(): void {
    const { queue, faults, store } = this.#around;
    const up = this.#replicas.filter((replica) => replica.isUp);
    if (up.length === 0) return;
    const isSplitBrain = faults.present('split-brain', queue.now) !== undefined;
    if (store.isClaimed(queue.now) && !isSplitBrain) return this.#rouse();
    const lookers = isSplitBrain ? up : up.slice(this.#turn % up.length).slice(0, 1);
    this.#turn++;
    for (const replica of lookers) {
      this.#looks++;
      replica.look();
    }
    // If whoever looks dies, the claim ends by itself and somebody else looks.
    this.#rouse();
  }

  #unrest(): string {
    const { store } = this.#around;
    const { active, queue, capacity } = store.track;
    const phase = active ? `${active.version} is ${active.phase.name}` : 'no rollout is under way';
    return `no rest within an hour: ${phase}, ${queue.length} wait, ${Object.keys(capacity).length} revisions are in the books`;
  }
}

/** Whether people are waited for, who now come. */
const isUnapproved = ({ phase, waits }: Rollout): boolean =>
  (phase.name === 'planned' && waits !== undefined) ||
  (phase.name === 'held' && phase.reason.kind === 'approval');

const isWithin = ({ atMs, forMs }: Fault, at: number): boolean => at >= atMs && at < atMs + forMs;

/** Whatever else the engine throws is a broken promise as well. */
function asBroken(thrown: unknown): BrokenPromise {
  if (thrown instanceof BrokenPromise) return thrown;
  const words = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return new BrokenPromise('no bugs', words);
}
