import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { PoolMemory } from '@sluice/core/tasks/pool.ts';
import type { SlotPlan } from '@sluice/core/tasks/pool-slots.ts';
import type { StoredPlan } from '../store/pools/pool-plans.ts';

/** What was decided of the workers of a revision, as it is stored. */
export interface PoolPlan {
  readonly on: 'machine' | 'cluster';
  /** How many there are to be. */
  readonly workers: number;
  readonly ordered: number;
  readonly isAsleep: boolean;
  /** Null in a cluster, which chooses by itself. */
  readonly slots: SlotPlan | null;
  /** Workers that are asked to leave, by their names. */
  readonly leaving: readonly string[];
  readonly waiting: number;
  readonly running: number;
  readonly oldestAt: Instant | null;
  readonly memory: PoolMemory;
  readonly why: string;
  readonly at: Instant;
}

/** A plan and whose it is. */
export interface PoolRow extends Omit<StoredPlan, 'plan'> {
  readonly plan: PoolPlan;
}

/** Names a revision of a track in maps. */
export const lineKey = ({
  queue,
  revision,
}: {
  readonly queue: TrackId;
  readonly revision: RevisionId;
}): string => `${queue} ${revision}`;

/** Reads a plan back; what is stored was written by `PoolKeeper`. */
export const poolRow = (row: StoredPlan): PoolRow => ({ ...row, plan: row.plan as PoolPlan });
