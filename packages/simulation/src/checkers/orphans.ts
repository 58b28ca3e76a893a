import { weightOf } from '../world/tables.ts';
import { promised } from './broken-promise.ts';
import type { Checker, Ground } from './checker.ts';

const PROMISE = '7 orphans';

/** 7. A superseded, aborted or crashed rollout leaves nothing behind that nobody owns. */
export function watchOrphans({ host, store }: Ground): Checker {
  return {
    ended: () => {
      const { stable, capacity } = store.track;
      const left = [...host.revisions.keys()].filter((revision) => revision !== stable);
      promised(PROMISE, left.length === 0, () => `${left.join(', ')} still runs`);
      const owed = Object.keys(capacity).filter((revision) => revision !== stable);
      promised(PROMISE, owed.length === 0, () => `${owed.join(', ')} is still in the books`);
      for (const [worker, table] of host.tables.entries()) {
        const share = stable === null ? 0 : weightOf(table?.split ?? null, stable);
        promised(
          PROMISE,
          stable === null ? (table?.split.weights.length ?? 0) === 0 : share === 10_000,
          () => `worker ${worker} gives stable ${share} basis points`,
        );
      }
    },
  };
}
