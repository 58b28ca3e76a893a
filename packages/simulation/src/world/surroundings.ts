import type { Chance } from '../clock/chance.ts';
import type { EventQueue } from '../clock/event-queue.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ground } from '../checkers/checker.ts';
import type { Watch } from '../checkers/watch.ts';
import type { Story } from '../story/story.ts';
import type { FaultBoard } from './fault-board.ts';
import type { Network } from './network.ts';
import type { SimulatedMetrics } from './simulated-metrics.ts';

/** Everything in a world that its actors, such as replicas and operators, meet. */
export interface Surroundings extends Ground {
  readonly engine: Engine;
  readonly queue: EventQueue;
  readonly chance: Chance;
  readonly faults: FaultBoard;
  readonly network: Network;
  readonly metrics: SimulatedMetrics;
  readonly watch: Watch;
  readonly story: Story;
  /** Lets somebody look at the track when the store says that it is due. */
  readonly rouse: () => void;
}
