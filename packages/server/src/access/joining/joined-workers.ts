import type { Caller } from '@sluice/core/access/caller.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { isOrganisation } from '../../store/access/organisations.ts';
import { findToken } from '../../store/access/tokens.ts';
import { findWorkerIdentity } from '../../store/access/worker-identities.ts';
import type { Database } from '../../store/database/open-database.ts';
import type { Credentials, ShownCertificate } from '../access-guard.ts';
import { readToken } from '../bearer-token.ts';
import { workerCaller } from '../workers/worker-caller.ts';
import { type CertifiedWorker, workerIn } from './worker-uris.ts';

/** Whose a certificate is; null for one that is nobody's: of a stranger, revoked, or of no worker. */
export async function certifiedCaller(
  db: Database,
  { isTrusted, uris }: ShownCertificate,
  at: Instant,
): Promise<Caller | null> {
  const worker = isTrusted ? workerIn(uris) : null;
  if (worker === null || !(await isWelcome(db, worker, at))) return null;
  return workerCaller(db, worker.tenant, worker.track);
}

/** One of Sluice's own counts as long as its worker does; one of the operator's names an organisation that there is. */
async function isWelcome(
  db: Database,
  { identity, tenant, track }: CertifiedWorker,
  at: Instant,
): Promise<boolean> {
  if (identity === null) return isOrganisation(db, tenant);
  const found = await findWorkerIdentity(db, identity);
  if (!found || found.tenant !== tenant || found.track !== track) return false;
  return found.revokedAt === null && at < found.expiresAt;
}

/** Whether a token, or the worker of a certificate, was revoked. What has merely expired goes on with what it has begun. */
export async function isRevoked(db: Database, { bearer, session, tls }: Credentials): Promise<boolean> {
  if (bearer !== null) {
    const shown = readToken(bearer);
    const token = shown && (await findToken(db, shown.id));
    return !token || token.revokedAt !== null;
  }
  const worker = session === null && tls?.certificate ? workerIn(tls.certificate.uris) : null;
  if (!worker || worker.identity === null) return false;
  const found = await findWorkerIdentity(db, worker.identity);
  return !found || found.revokedAt !== null;
}
