import type { Database } from '../database/open-database.ts';

/**
 * A transaction that takes part in itself: whoever begins one on it goes on in this one. It lets `commitTrack`, which
 * begins its own, be one step of a larger transaction. Ugly on purpose: a `commitTrack` that asked `isTransaction`
 * before it began one would remove this file.
 */
export function joinedTransaction(transaction: Database): Database {
  const begin = () => ({ execute: <Value>(work: (joined: Database) => Promise<Value>) => work(transaction) });
  return new Proxy(transaction, {
    get: (target, name) => {
      if (name === 'transaction') return begin;
      const value: unknown = Reflect.get(target, name, target);
      // Bound, because what kysely keeps to itself cannot be reached through a proxy.
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
