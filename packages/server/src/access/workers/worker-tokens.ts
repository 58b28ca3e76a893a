/**
 * Purpose: whoever Sluice starts as a worker has a token that is good for hours, and nobody has to think of it.
 *
 * 1. It lies where its workers look whenever they speak, so that nothing is restarted for a new one. 2. It is renewed long
 * before it ends, and the one before goes on being good meanwhile. 3. One that was revoked, or that is not this track's, is
 * replaced. 4. Nothing of it is kept in memory: any server of the store may renew it, also two at once.
 */
import { workerSubject } from '@sluice/core/access/caller.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TokenSeats } from '../../targets/token-seats.ts';
import { findToken, forgetShortTokens } from '../../store/access/tokens.ts';
import type { Database } from '../../store/database/open-database.ts';
import { isSecretOf, readToken } from '../bearer-token.ts';
import { issueWorkerToken } from './issue-worker-token.ts';

/** How long a token of workers is good, in ms. */
export const WORKER_TOKEN_MS = 3 * 3_600_000;
/** One that is good for less is renewed, in ms: hourly, and workers go on for two hours without a control plane. */
const RENEWED_BEFORE_MS = 2 * 3_600_000;
/** Those that have expired are seen for so long, in ms. */
const FORGOTTEN_AFTER_MS = 86_400_000;

/** Tokens for the workers that a control plane starts itself. */
export interface WorkerTokens {
  /** Sees to it that one lies there that is good for a while. */
  ensure(track: TrackId, seats: TokenSeats): Promise<void>;
}

/** Tokens of the workers of a tenant, kept in PostgreSQL. */
export function storedWorkerTokens(db: Database, tenant: string, now: () => Instant): WorkerTokens {
  const isGood = async (text: string, track: TrackId, at: Instant): Promise<boolean> => {
    const shown = readToken(text);
    const token = shown && (await findToken(db, shown.id));
    if (!token || token.tenant !== tenant || !isSecretOf(token.digest, shown.secret)) return false;
    const { actsAs, expiresAt, revokedAt } = token;
    if (actsAs !== workerSubject(track) || revokedAt !== null) return false;
    return expiresAt !== null && expiresAt - at >= RENEWED_BEFORE_MS;
  };
  return {
    ensure: async (track, seats) => {
      const at = now();
      const present = await seats.read(track);
      if (present !== null && (await isGood(present, track, at))) return;
      const expiresAt = at + WORKER_TOKEN_MS;
      const { text } = await issueWorkerToken(db, tenant, { track, at, expiresAt, createdBy: 'system' });
      await seats.write(track, text);
      await forgetShortTokens(db, tenant, at - FORGOTTEN_AFTER_MS);
    },
  };
}
