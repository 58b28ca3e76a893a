import { workerSubject } from '@sluice/core/access/caller.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { insertToken, writeToken } from '../../store/access/tokens.ts';
import type { Database } from '../../store/database/open-database.ts';
import type { NewLedgerEntry } from '../../store/ledger/grow-ledger.ts';
import { mintToken } from '../bearer-token.ts';

/** For whom a token of workers is made. */
export interface WorkerTokenRequest {
  readonly track: TrackId;
  readonly at: Instant;
  readonly expiresAt: Instant;
  /** Who asked for it; `system` when the control plane made it for workers that it starts itself. */
  readonly createdBy: string;
  /** What the ledger says of it; nothing for those that the control plane renews by itself. */
  readonly entry?: NewLedgerEntry;
}

/** A token of workers, with what lets in, which is not kept. */
export interface IssuedWorkerToken {
  readonly id: string;
  readonly text: string;
  readonly expiresAt: Instant;
}

/**
 * Makes a token that lets a worker of one track in, and into nothing of another track. It is a row like other tokens, so
 * that it can be revoked; within a transaction when `db` is one.
 */
export async function issueWorkerToken(
  db: Database,
  tenant: string,
  { track, at, expiresAt, createdBy, entry }: WorkerTokenRequest,
): Promise<IssuedWorkerToken> {
  const { id, text, digest } = mintToken();
  const name = `worker-${id}`;
  const token = { id, name, digest, roles: [], createdBy, expiresAt, actsAs: workerSubject(track) };
  const written = await (entry
    ? writeToken(db, tenant, token, entry)
    : insertToken(db, tenant, { ...token, createdAt: at }));
  if (written) return { id, text, expiresAt };
  // A token is named after 64 random bits.
  throw new SluiceError('unexpected', `the token ${id} exists already`, { next: 'retry' });
}
