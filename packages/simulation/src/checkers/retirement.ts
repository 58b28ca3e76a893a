import { reaches } from '../world/tables.ts';
import { promised } from './broken-promise.ts';
import type { Checker, Ground } from './checker.ts';

const PROMISE = '2 retirement';

/** 2. No revision is retired while any router may still send it work. */
export function watchRetirement({ host, store }: Ground): Checker {
  return {
    // The host refuses such an order; that one was given at all is already a mistake.
    ordered: (order, answer) =>
      promised(
        PROMISE,
        answer !== 'still-routed',
        () => `${'revision' in order ? order.revision : ''} was ordered to be retired while it is routed to`,
      ),
    revisionGone: (revision) => {
      const worker = host.tables.findIndex((table) => table && reaches(table.split, revision));
      promised(PROMISE, worker < 0, () => `${revision} is gone and worker ${worker} still reaches it`);
    },
    tableChanged: (worker) => {
      const split = host.tables[worker]?.split;
      if (!split) return;
      const named = [...split.weights, ...split.matches, ...(split.mirror ? [split.mirror] : [])];
      for (const { revision } of named) {
        promised(
          PROMISE,
          !reaches(split, revision) || host.revisions.get(revision)?.retiring === false,
          () => `worker ${worker} reaches ${revision}, which is being retired or gone`,
        );
        // The order to retire may not have come yet: that it was decided on is enough.
        promised(
          PROMISE,
          !reaches(split, revision) || store.track.capacity[revision]?.retiring === false,
          () => `worker ${worker} reaches ${revision}, which was given up`,
        );
      }
    },
  };
}
