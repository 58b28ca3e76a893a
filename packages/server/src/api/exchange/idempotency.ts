import { createHash } from 'node:crypto';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { IdempotencyStore, KeyState } from './idempotency-store.ts';
import { problem } from './problems.ts';

/** What an operation answers; above 399 the body is a problem. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** The answer is that of an earlier request with the same key. */
  readonly replayed?: boolean;
  readonly retryAfterSeconds?: number;
}

/** A request as far as its repetition is concerned. */
export interface Repeatable {
  /** The Idempotency-Key header. */
  readonly key: string | undefined;
  /** Who asks: nobody is answered with what another was. */
  readonly caller: string;
  /** Method and path. */
  readonly operation: string;
  readonly body: unknown;
}

/** Carries out each keyed request once. */
export interface Idempotency {
  once(request: Repeatable, act: () => Promise<Answer>): Promise<Answer>;
}

/** Keys that Stripe and the IETF draft have made usual: printable, no spaces, at most 255 characters. */
const KEY_PATTERN = /^[!-~]{1,255}$/;

/**
 * Makes repetitions harmless: the same key with the same request is answered with what was answered before, with another
 * request it is refused. Only answers below 400 are kept: a refusal changed nothing, so a repetition may try again.
 *
 * @param failed is told when an answer could not be kept
 */
export function createIdempotency(store: IdempotencyStore, failed: (thrown: unknown) => void): Idempotency {
  const underWay = new Map<string, { requestHash: string; answer: Promise<Answer> }>();
  return {
    once: async ({ key: given, caller, operation, body }, act) => {
      if (given === undefined) return act();
      if (!KEY_PATTERN.test(given)) return badKey();
      const key = `${caller} ${given}`;
      const requestHash = hashOf(operation, body);
      const twin = underWay.get(key);
      if (twin) return twin.requestHash === requestHash ? repeat(await twin.answer) : usedForOther(given);
      const answer = reserveAndAct(store, { given, key, requestHash, act, failed });
      underWay.set(key, { requestHash, answer });
      try {
        return await answer;
      } finally {
        underWay.delete(key);
      }
    },
  };
}

interface Attempt {
  /** The key as the caller knows it. */
  readonly given: string;
  readonly key: string;
  readonly requestHash: string;
  readonly act: () => Promise<Answer>;
  readonly failed: (thrown: unknown) => void;
}

async function reserveAndAct(store: IdempotencyStore, attempt: Attempt): Promise<Answer> {
  const state = await store.reserve(attempt.key, attempt.requestHash);
  return state.kind === 'reserved' ? actOnce(store, attempt) : earlierAnswer(state, attempt.given);
}

function earlierAnswer(state: Exclude<KeyState, { kind: 'reserved' }>, key: string): Answer {
  switch (state.kind) {
    case 'mismatch':
      return usedForOther(key);
    case 'in-progress':
      return stillUnderWay(key);
    case 'answered':
      return repeat({ status: state.status, body: state.response });
  }
}

async function actOnce(store: IdempotencyStore, { key, act, failed }: Attempt): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await act();
  } catch (thrown) {
    await store.release(key).catch(failed);
    throw thrown;
  }
  // The change has happened: a store that cannot note it must not turn the answer into a failure.
  const { status, body } = answer;
  await (status < 400 ? store.complete(key, status, body) : store.release(key)).catch(failed);
  return answer;
}

const hashOf = (operation: string, body: unknown): string =>
  createHash('sha256')
    .update(`${operation}\n${canonicalJson(body)}`)
    .digest('hex');

const repeat = ({ status, body }: Answer): Answer => ({ status, body, replayed: true });

const badKey = (): Answer =>
  refusal({
    status: 400,
    code: 'invalid-idempotency-key',
    detail: 'An Idempotency-Key has 1 to 255 printable ASCII characters without spaces.',
    remedy: 'Use a UUID for each new request.',
  });

const usedForOther = (key: string): Answer =>
  refusal({
    status: 422,
    code: 'idempotency-key-reused',
    detail: `The Idempotency-Key ${key} was used for a different request.`,
    remedy: 'Use a new key for each new request, and the old one only to repeat the old request.',
  });

const stillUnderWay = (key: string): Answer => ({
  ...refusal({
    status: 409,
    code: 'request-under-way',
    detail: `The request with the Idempotency-Key ${key} is still being carried out.`,
    remedy: 'Repeat it in a second to get its answer.',
  }),
  retryAfterSeconds: 1,
});

const refusal = (parts: Parameters<typeof problem>[0]): Answer => ({
  status: parts.status,
  body: problem(parts),
});
