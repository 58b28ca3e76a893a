import type { Instant } from '@sluice/core/kernel/instant.ts';
import { DEFAULT_TENANT } from '../store/access/organisations.ts';
import { countFailure, findFailures, forgetFailures } from '../store/access/failed-logins.ts';
import type { Database } from '../store/database/open-database.ts';
import { appendLedger } from '../store/journal/append-journal.ts';

/** Who tries: from where, and as whom if that can be told before it is known whether it is true. */
export interface Trial {
  readonly from: string;
  readonly account: string | null;
}

/** Keeps those who guess from guessing fast, for all servers of a store together. */
export interface FailedLogins {
  /** How long nothing is looked at, in ms; 0 when it may be tried. */
  waitFor(trial: Trial): Promise<number>;
  failed(trial: Trial, how: string): Promise<void>;
  succeeded(trial: Trial): Promise<void>;
}

/** So many failures are free: people mistype. Many people share an address. */
const FREE = { account: 5, address: 25 } as const;
/** The first wait; each further failure doubles it. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** After so long without a failure all is forgotten. */
const REST_MS = 60 * 60_000;

/** How long it is waited after so many failures, in ms. */
export function waitAfter(failures: number, free: number): number {
  const beyond = failures - free;
  return beyond < 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(beyond, 20));
}

/** Failed logins in PostgreSQL. The ledger has the failures that make somebody wait: fewer and fewer. */
export function storedFailedLogins(
  db: Database,
  now: () => Instant,
  counted: (how: string) => void,
): FailedLogins {
  const tenant = DEFAULT_TENANT;
  return {
    waitFor: async (trial) => {
      const rows = await findFailures(db, tenant, keysOf(trial));
      const waits = rows.map(
        ({ key, failures, lastAt }) => lastAt + waitAfter(failures, freeOf(key)) - now(),
      );
      return Math.max(0, ...waits);
    },
    failed: async (trial, how) => {
      counted(how);
      const at = now();
      const rows = await countFailure(db, tenant, keysOf(trial), { at, restMs: REST_MS });
      const locked = rows.filter(({ key, failures }) => isTold(failures, freeOf(key)));
      if (locked.length === 0) return;
      const entries = locked.map(({ key, failures }) => ({
        ...{ at, actor: 'anonymous', action: 'loginsFailed', subject: key },
        detail: { failures, how, from: trial.from },
      }));
      await db.transaction().execute((transaction) => appendLedger(transaction, tenant, entries));
    },
    succeeded: (trial) => forgetFailures(db, tenant, keysOf(trial)),
  };
}

/** When waiting begins, and then at each doubling of the number. */
const isTold = (failures: number, free: number): boolean => {
  const times = failures / free;
  return times >= 1 && Number.isInteger(Math.log2(times));
};

const freeOf = (key: string): number => (key.startsWith('address:') ? FREE.address : FREE.account);

/**
 * From this machine come its owner, and everybody behind a proxy that nobody has named (`--trust-proxy`): whoever guesses there
 * must not keep all others out, so that it counts only what is guessed.
 */
const SHARED = /^(127\.|::1$|$)/;

const keysOf = ({ from, account }: Trial): readonly string[] => [
  ...(SHARED.test(from) ? [] : [`address:${from}`]),
  ...(account === null ? [] : [`account:${account}`]),
];
