import type { RolloutId } from '@sluice/core/kernel/ids.ts';
import { reaches, weightOf } from '../world/tables.ts';
import { promised } from './broken-promise.ts';
import type { Checker, Ground } from './checker.ts';

const PROMISE = '4 rollback share';

interface Rollback {
  readonly rollout: RolloutId;
  readonly candidate: string;
  /** The generation from which on the share may only shrink. */
  readonly generation: number;
  /** The largest share that any worker had, or was about to get, by what was ordered before. */
  largest: number;
}

/** 4. Once rolling back begins, the candidate's share never grows: neither as ordered nor in any router. */
export function watchRollbackShare({ host, store }: Ground): Checker {
  let rollback: Rollback | null = null;
  const inRouters = (candidate: string): number =>
    Math.max(...[host.persisted, ...host.tables].map((table) => weightOf(table?.split ?? null, candidate)));
  return {
    committed: ({ before, after, version }) => {
      const { active } = after;
      if (!active || (active.phase.name !== 'rolling-back' && active.phase.name !== 'stuck')) {
        rollback = null;
        return;
      }
      if (active.candidate === active.stable) return;
      const { candidate } = active;
      if (rollback?.rollout !== active.id)
        rollback = { rollout: active.id, candidate, generation: version, largest: inRouters(candidate) };
      const [earlier, later] = [weightOf(before.split, candidate), weightOf(after.split, candidate)];
      promised(
        PROMISE,
        later <= earlier,
        () => `the share of ${candidate} was ordered from ${earlier} to ${later}`,
      );
      if (after.split !== before.split)
        promised(
          PROMISE,
          later > 0 || !reaches(after.split, candidate),
          () => `${candidate} is matched or mirrored to while it is taken back`,
        );
    },
    ordered: (order, answer) => {
      if (!rollback || order.kind !== 'split' || answer !== 'done') return;
      const share = weightOf(order.split, rollback.candidate);
      // An order from before the rollback may still arrive; what comes after may not go beyond it.
      if (order.generation < rollback.generation) rollback.largest = Math.max(rollback.largest, share);
      const { candidate, largest } = rollback;
      promised(
        PROMISE,
        share <= largest,
        () => `the routers were told to give ${candidate} ${share} after ${largest}`,
      );
    },
    ended: () => promised(PROMISE, store.track.active === null, () => 'a rollback never ended'),
  };
}
