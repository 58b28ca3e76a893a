import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { it } from 'vitest';

/** Promises of a contract that an adapter does not keep, each with the reason. */
export type Exceptions = Readonly<Record<string, string>>;

/** Tries one promise of a contract. */
export type Promises = (promise: string, work: () => Promise<void>) => void;

/**
 * For contracts: `it`, except that a promise which the adapter is known to break must be seen broken, so that mending it
 * shows; the reason is reported like that of a test that is left out.
 */
export const promisesOf =
  (adapter: string, exceptions: Exceptions): Promises =>
  (promise, work) => {
    const reason = exceptions[promise];
    if (reason !== undefined) reportSkip(`${adapter}, "${promise}": ${reason}`);
    const attempt = reason === undefined ? it : it.fails;
    attempt(promise, work);
  };
