import { type FailureCode, type FailureNext, SluiceError } from '@sluice/core/kernel/failure.ts';

interface Meaning {
  readonly code: FailureCode;
  readonly next: FailureNext;
  readonly remedy: string;
}

const LOST: Meaning = {
  code: 'unreachable',
  next: 'retry',
  remedy: 'It is tried again; if it stays so, check that the database runs and that DATABASE_URL is right.',
};
const REFUSED: Meaning = {
  code: 'unsupported',
  next: 'ask-human',
  remedy: 'Check user, password, database and rights in DATABASE_URL.',
};
const EXHAUSTED: Meaning = {
  code: 'exhausted',
  next: 'retry',
  remedy: 'Free disk space, memory or connections of the database.',
};

/** By SQLSTATE, then by its class, the first two characters (PostgreSQL manual, appendix A). */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '23505': { code: 'conflict', next: 'stop', remedy: 'There is one already.' },
  '40': { code: 'conflict', next: 'retry', remedy: 'Two transactions met; the same one may be tried again.' },
  '55P03': { code: 'conflict', next: 'retry', remedy: 'Something else holds the lock; try again.' },
  '57014': { code: 'timed-out', next: 'retry', remedy: 'The database took too long; try again.' },
  '25P03': LOST,
  '57': LOST,
  '08': LOST,
  '28': REFUSED,
  '3D': REFUSED,
  '42501': REFUSED,
  '53': EXHAUSTED,
  '22': { code: 'invalid-input', next: 'stop', remedy: 'The value cannot be stored.' },
  '23': { code: 'invalid-input', next: 'stop', remedy: 'The value breaks a rule of the database.' },
};

/** Five characters with a digit among them; EPIPE is not one. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;

const UNEXPECTED: Meaning = {
  code: 'unexpected',
  next: 'stop',
  remedy: 'This is a defect; please report it.',
};

/** Names what the database or the way to it did, so that a caller knows whether to try again. The cause is kept. */
export function storeFailure(thrown: unknown, attempted: string): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  const { code, next, remedy } = meaningOf(thrown);
  const reason = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return new SluiceError(code, `${attempted} failed: ${reason}. ${remedy}`, { next, cause: thrown });
}

function meaningOf(thrown: unknown): Meaning {
  if (!(thrown instanceof Error)) return UNEXPECTED;
  const state = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  if (SQLSTATE.test(state)) return MEANINGS[state] ?? MEANINGS[state.slice(0, 2)] ?? UNEXPECTED;
  // What remains is said by the socket (ECONNREFUSED, ENOENT) or by pg itself about a lost connection.
  return state !== '' || /connection|connect|timeout/i.test(thrown.message) ? LOST : UNEXPECTED;
}
