import { weightOf } from '../world/tables.ts';
import { promised } from './broken-promise.ts';
import type { Checker, Ground, Look } from './checker.ts';

const PROMISE = '3 one stable';

/** 3. Exactly one stable revision at any time, and it is never retired by a rollback. */
export function watchStable({ store }: Ground): Checker {
  return {
    decided: checkPromotion,
    committed: ({ before, after, events }) => {
      const { stable } = after;
      const isPromotion = events.some(({ kind }) => kind === 'rolloutSucceeded');
      const promoted = after.last?.plan.promotes ? after.last.candidate : null;
      promised(
        PROMISE,
        stable === before.stable || (isPromotion && stable === promoted),
        () => `stable became ${stable} and not by a promotion`,
      );
      if (stable === null) return;
      promised(
        PROMISE,
        after.capacity[stable] !== undefined && !after.capacity[stable].retiring,
        () => `${stable} is stable and is ${after.capacity[stable] ? 'to be retired' : 'not ordered to run'}`,
      );
    },
    ordered: (order, answer) =>
      promised(
        PROMISE,
        order.kind !== 'retire' || answer !== 'done' || order.revision !== store.track.stable,
        () => `${store.track.stable} is stable and was retired`,
      ),
  };
}

/** What becomes stable was seen to be ready, and every router was seen to send it everything. */
function checkPromotion({
  track: { last, revisions },
  decision,
  observation: { target, router },
}: Look): void {
  if (!last?.plan.promotes || !decision.events.some(({ kind }) => kind === 'rolloutSucceeded')) return;
  const { candidate, version } = last;
  const ready = target.kind === 'observed' ? (target.revisions[candidate]?.ready ?? 0) : 0;
  const full = revisions[candidate]?.fullInstances ?? 1;
  promised(PROMISE, ready >= full, () => `${version} became stable with ${ready} of ${full} instances ready`);
  const share = router.kind === 'observed' ? weightOf(router.inForce, candidate) : 0;
  promised(PROMISE, share === 10_000, () => `${version} became stable with ${share} basis points in force`);
}
