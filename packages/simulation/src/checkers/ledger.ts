import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { hash32 } from '@sluice/core/kernel/hash.ts';
import { promised } from './broken-promise.ts';
import type { Checker, Ground } from './checker.ts';

const PROMISE = '8 ledger';

/** 8. Every change of state has a ledger entry, and the ledger verifies. */
export function watchLedger({ store }: Ground): Checker {
  let entries = 0;
  let hash = 0;
  const verify = (): void => {
    for (const entry of store.ledger.slice(entries)) {
      hash = hash32(`${entry.version} ${entry.fact}`, hash);
      promised(
        PROMISE,
        hash === entry.hash,
        () => `entry ${entries + 1} does not follow from the one before`,
      );
      entries++;
    }
  };
  return {
    committed: ({ events, version, before, after }) => {
      const known = entries;
      verify();
      // Evidence comes every second and is kept as a sum; every other fact stands alone.
      const facts = events.filter(({ kind }) => kind !== 'evidenceObserved').map(canonicalJson);
      const written = store.ledger.slice(known);
      promised(
        PROMISE,
        written.length === facts.length &&
          written.every((entry, index) => entry.version === version && entry.fact === facts[index]),
        () => `version ${version} has ${facts.length} facts and ${written.length} entries`,
      );
      promised(
        PROMISE,
        events.length > 0 || after === before,
        () => `version ${version} changed something and says nothing`,
      );
    },
    ended: verify,
  };
}
