import type { WorkerBalance } from '@sluice/server/tasks/worker-balance.ts';
import type { WorkerHello } from '@sluice/server/tasks/worker-hello.ts';

/** A connected worker, as the dispatcher sees it. */
export interface Taker {
  readonly hello: WorkerHello;
  readonly running: { readonly size: number };
  readonly wanted: number;
}

/**
 * Who gets the tasks that a claim brings, in order: what `Dispatcher` does, beside which it is held by a test, without the
 * promises between claim and hand-over, so that it can be played a million times. Fleets are smaller than one claim.
 */
export const dealtPlaces = <Member extends Taker>(
  members: readonly Member[],
  balance: Pick<WorkerBalance, 'roomOf' | 'weightOf'>,
): readonly Member[] =>
  members
    .flatMap((member) => {
      const { hello, wanted, running } = member;
      if (wanted <= 0) return [];
      const room = balance.roomOf(hello, wanted);
      const weight = balance.weightOf(hello, running.size + wanted);
      return Array.from({ length: Math.max(0, room) }, (_, nth) => ({
        member,
        load: (running.size + nth + 1) / weight,
      }));
    })
    .toSorted((a, b) => a.load - b.load)
    .map(({ member }) => member);
