/**
 * Purpose: workers elsewhere get what lets them in, and something new before it ends.
 *
 * Owns the table `worker_identities`. 1. A join token is used at most as often as it says, whoever asks at the same time. 2. What
 * a worker is given is good for a day and for one track; it asks for the next with what it has. 3. Over TLS that ends here it is
 * a certificate for a key that never leaves the worker; else a token, as a certificate could not be shown.
 */
import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { type Caller, trackOfWorker } from '@sluice/core/access/caller.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { JoinedView, JoinRequest } from '@sluice/protocol/http/joining.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { findJoinToken, useJoinToken } from '../../store/access/join-tokens.ts';
import { findToken } from '../../store/access/tokens.ts';
import {
  addWorkerIdentity,
  identityOf,
  makerOf,
  renewWorkerIdentity,
  type WorkerIdentityRow,
} from '../../store/access/worker-identities.ts';
import type { Database } from '../../store/database/open-database.ts';
import type { Credentials } from '../access-guard.ts';
import { isSecretOf, readToken } from '../bearer-token.ts';
import { issueWorkerToken } from '../workers/issue-worker-token.ts';
import { JOINED_MS } from './authorities-at.ts';
import { notJoined, notOfAJoinedWorker, unusableKey } from './join-refusals.ts';
import type { WorkerAuthority } from './worker-authority.ts';
import { workerIn } from './worker-uris.ts';

/** After so much of its time what a worker was given is renewed: workers go on for eight hours without a control plane. */
const RENEWED_AFTER = 2 / 3;

/** Where workers join. */
export interface JoinDesk {
  join(request: JoinRequest, credentials: Credentials): Promise<Result<JoinedView, Problem>>;
  /** For whoever has joined before, and shows what they were given. */
  renew(
    caller: Caller,
    publicKey: string | undefined,
    credentials: Credentials,
  ): Promise<Result<JoinedView, Problem>>;
}

/** What the desk works with. */
export interface JoinPorts {
  /** The rows of every tenant: a join token says which is meant. */
  readonly db: Database;
  /** Null where TLS does not end here. */
  readonly authority: WorkerAuthority | null;
  readonly now: () => Instant;
}

/** A desk over the store. */
export function storedJoinDesk(ports: JoinPorts): JoinDesk {
  const { db, now } = ports;
  return {
    join: async ({ token: text, name, publicKey }, credentials) => {
      const shown = readToken(text, 'slj');
      const token = shown && (await findJoinToken(db, shown.id));
      if (!token || !isSecretOf(token.digest, shown.secret)) return notJoined();
      const wish = wishOf(ports, publicKey, credentials);
      if (!wish.ok) return wish;
      const at = now();
      const { tenant, track } = token;
      const identity = { tenant, track, name, joinToken: token.id, id: randomBytes(8).toString('hex') };
      const times = { joinedAt: at, renewedAt: at, expiresAt: at + JOINED_MS, revokedAt: null };
      const row: WorkerIdentityRow = { ...identity, ...times, kind: wish.value ? 'certificate' : 'token' };
      return db.transaction().execute(async (transaction) => {
        if (!(await useJoinToken(transaction, token, at))) return notJoined();
        await addWorkerIdentity(transaction, row, {
          ...{ at, actor: `worker:${track}`, action: 'workerJoined', subject: `worker-identity:${row.id}` },
          detail: { track, name, joinToken: token.id, kind: row.kind },
        });
        return ok(await given(transaction, row, wish.value));
      });
    },
    renew: async (caller, publicKey, credentials) => {
      const id = await identityShown(db, credentials);
      const wish = wishOf(ports, publicKey, credentials);
      if (id === null || trackOfWorker(caller.subject) === null) return notOfAJoinedWorker();
      if (!wish.ok) return wish;
      const at = now();
      return db.transaction().execute(async (transaction) => {
        const times = { at, expiresAt: at + JOINED_MS };
        const row = await renewWorkerIdentity(transaction, { tenant: caller.tenant, id }, times);
        return row ? ok(await given(transaction, row, wish.value)) : notOfAJoinedWorker();
      });
    },
  };
}

/** A certificate that is wanted and can be made; null for a token. */
type Wish = { readonly key: KeyObject; readonly authority: WorkerAuthority } | null;

function wishOf(
  { authority: signer }: JoinPorts,
  publicKey: string | undefined,
  { tls }: Credentials,
): Result<Wish, Problem> {
  if (publicKey === undefined || tls === undefined || signer === null) return ok(null);
  const key = keyIn(publicKey);
  return key ? ok({ key, authority: signer }) : unusableKey();
}

/** Two sorts of keys, so that nobody brings a weak one. */
function keyIn(pem: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: pem, format: 'pem', type: 'spki' });
    const isPublic = pem.includes('-----BEGIN PUBLIC KEY-----');
    const isP256 = key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
    return isPublic && (isP256 || key.asymmetricKeyType === 'ed25519') ? key : null;
  } catch {
    return null;
  }
}

async function given(
  db: Database,
  { id: identity, tenant, track, renewedAt: at, expiresAt }: WorkerIdentityRow,
  wish: Wish,
): Promise<JoinedView> {
  const renewAt = at + Math.floor((expiresAt - at) * RENEWED_AFTER);
  const joined = { identity, organisation: tenant, track, expiresAt, renewAt };
  if (wish) {
    const times = { from: at, until: expiresAt };
    const certificate = await wish.authority.issue({ tenant, track, identity }, wish.key, times);
    return { ...joined, certificate, token: null };
  }
  const wanted = { track: track as TrackId, at, expiresAt, createdBy: makerOf(identity) };
  const { text } = await issueWorkerToken(db, tenant, wanted);
  return { ...joined, certificate: null, token: text };
}

/** The identity of what was shown; null when that was not given to a worker that joined. */
async function identityShown(db: Database, { bearer, session, tls }: Credentials): Promise<string | null> {
  if (bearer !== null) {
    const token = await findToken(db, readToken(bearer)?.id ?? '');
    return token ? identityOf(token.createdBy) : null;
  }
  if (session !== null || !tls?.certificate) return null;
  return workerIn(tls.certificate.uris)?.identity ?? null;
}
