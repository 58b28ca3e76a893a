import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { HeldGeneration } from '@sluice/core/kernel/held-generation.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { UnfinishedPolicy } from '@sluice/core/rollout/component-spec.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { RouterCapabilities, TrafficRouter } from '../traffic-router.ts';

/** A split as it is stored. */
export interface DealtSplit {
  readonly generation: number;
  readonly split: unknown;
  /** Up to which generation what others left has been moved; as far as the split without. */
  readonly moved?: number;
}

/** A split that is to be put in force. */
export interface NewDeal {
  readonly queue: TrackId;
  readonly generation: number;
  readonly split: unknown;
  /** How long tasks stay with the revisions that they were dealt to, in ms. */
  readonly pinMs: number;
}

/** Where tasks are dealt to revisions. */
export interface TaskDealing {
  /** Puts a split in force unless a newer one is; gives what holds. */
  readonly deal: (queue: NewDeal) => Promise<DealtSplit>;
  readonly dealt: (queue: TrackId) => Promise<DealtSplit | null>;
  /** Brings tasks of revisions that get none any more to one that does; `running` as well what others work on. */
  readonly move: (left: TasksLeft) => Promise<unknown>;
  /** Lets the last tasks be done again by whoever the split in force mirrors to, each once; left out where none are to be. */
  readonly replay?: (queue: TrackId) => Promise<unknown>;
  /** What becomes of the tasks of a revision that gets no more. */
  readonly unfinished: UnfinishedPolicy;
  /** How long they stay with their revision where they are pinned, in ms. */
  readonly pinMs: number;
}

/** Tasks of revisions that get no more. */
export interface TasksLeft {
  readonly queue: TrackId;
  readonly running: boolean;
  /** Of the split by which they go. */
  readonly generation: number;
}

/** Tasks are dealt one by one by the hash of their session, or of their id, so that every one is sticky by itself. */
const CAPABILITIES: RouterCapabilities = {
  shares: 'exact',
  granularityBasisPoints: 1,
  matchOn: [],
  mirror: true,
  sticky: [],
  goals: false,
};

/** Splits tasks instead of requests: which revision a task goes to is decided when it comes in. */
export const taskRouter = ({ deal, dealt, move, replay, unfinished, pinMs }: TaskDealing): TrafficRouter => ({
  capabilities: () => CAPABILITIES,
  apply: async ({ track, split, generation }) => {
    const held = await deal({ queue: track, generation, split, pinMs: unfinished === 'pin' ? pinMs : 0 });
    const isReused = held.generation === generation && canonicalJson(held.split) !== canonicalJson(split);
    if (held.generation === generation && !isReused) {
      await move({ queue: track, running: unfinished === 'retry', generation });
      if (split.mirror !== null) await replay?.(track);
      return;
    }
    const cause: HeldGeneration = { heldGeneration: held.generation, isReused };
    const what = `a split of ${track} is not ordered: generation ${held.generation} has ordered another one`;
    throw new SluiceError('refused-as-stale', what, { next: 'stop', cause });
  },
  observe: async (track) => {
    const held = await dealt(track);
    // A server may have died between the two: until everything has moved the order is not carried out.
    return held && { split: held.split as Split, generation: held.moved ?? held.generation };
  },
});
