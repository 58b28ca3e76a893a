import { createHash } from 'node:crypto';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Credentials } from '../access/access-guard.ts';
import type { Buckets } from './buckets.ts';

/** Credentials that are remembered as right at most. */
const MOST_RIGHT = 10_000;

/**
 * Purpose: whoever guesses tokens or sessions costs the store nothing after a few, and keeps nobody else out.
 *
 * Owns how many wrong credentials came from each address, and digests of those that were right. 1. What was right before is
 * always looked at, whoever else guesses from its address; it is still read from the store, which may have revoked it. 2. What
 * this server has not seen yet waits while its address has guessed too often. 3. What is asked twice of one request is
 * answered twice in the same way, and counted once.
 */
export class Guesses {
  readonly #buckets: Buckets;
  readonly #mostRight: number;
  readonly #right = new Set<string>();
  readonly #decided = new WeakMap<Credentials, number>();
  readonly #noted = new WeakSet<Credentials>();

  constructor(buckets: Buckets, mostRight: number = MOST_RIGHT) {
    this.#buckets = buckets;
    this.#mostRight = mostRight;
  }

  /** How long credentials from an address are not looked at, in ms; 0 when they may be. */
  waitFor(address: string, credentials: Credentials, now: Instant): number {
    const decided = this.#decided.get(credentials);
    if (decided !== undefined) return decided;
    const { waitMs } = this.#buckets.look(address, now);
    const wait = waitMs > 0 && !this.#right.has(digestOf(credentials)) ? waitMs : 0;
    this.#decided.set(credentials, wait);
    return wait;
  }

  /** Notes whether credentials were anybody's; of one request once. */
  seen(address: string, credentials: Credentials, isRight: boolean, now: Instant): void {
    if (this.#noted.has(credentials)) return;
    this.#noted.add(credentials);
    const digest = digestOf(credentials);
    this.#right.delete(digest);
    if (!isRight) {
      this.#buckets.keep(address, this.#buckets.look(address, now));
      return;
    }
    this.#right.add(digest);
    if (this.#right.size <= this.#mostRight) return;
    for (const oldest of this.#right) {
      this.#right.delete(oldest);
      return;
    }
  }
}

/** So that what is kept lets nobody in. */
const digestOf = ({ bearer, session }: Credentials): string =>
  createHash('sha256')
    .update(bearer === null ? `session ${session}` : `bearer ${bearer}`)
    .digest('base64');
