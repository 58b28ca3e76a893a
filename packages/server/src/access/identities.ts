import { type Caller, type Grant, trackOfWorker } from '@sluice/core/access/caller.ts';
import { isBuiltInRole } from '@sluice/core/access/roles.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { customRoles, rolesOf } from '../store/access/grants.ts';
import { findMember } from '../store/access/members.ts';
import { findSession, noteSessionUse } from '../store/access/sessions.ts';
import { findToken, namedToken, noteTokenUse, type RoleAt, type TokenRow } from '../store/access/tokens.ts';
import type { Database } from '../store/database/open-database.ts';
import type { Credentials, ShownCertificate } from './access-guard.ts';
import { listTrusts } from '../store/access/trusts.ts';
import { isSecretOf, readToken } from './bearer-token.ts';
import { certifiedCaller, isRevoked } from './joining/joined-workers.ts';
import { grantsOf } from './role-grants.ts';
import { readSession } from './session-cookie.ts';
import { workerCaller } from './workers/worker-caller.ts';

/** Whom tokens and sessions belong to. */
export interface Identities {
  /** Null for what is nobody's: unknown, expired or revoked. */
  ofToken(text: string): Promise<Caller | null>;
  /** As `ofToken`, of what a cookie holds. */
  ofSession(text: string): Promise<Caller | null>;
  /** As `ofToken`, of whoever shows a certificate. */
  ofCertificate(shown: ShownCertificate): Promise<Caller | null>;
  /** Whether what let somebody in was revoked since. */
  isRevoked(credentials: Credentials): Promise<boolean>;
}

/** A session that nobody used for so long is over, in ms. */
export const IDLE_MS = 12 * 3_600_000;

/** The tokens of all tenants, read from the store at each question: one that is revoked lets nobody in any more. */
export const storedIdentities = (db: Database, now: () => Instant): Identities => ({
  ofToken: async (text) => {
    const read = readToken(text);
    const token = read && (await findToken(db, read.id));
    if (!token || !isSecretOf(token.digest, read.secret) || !isValid(token, now())) return null;
    if (isWorthNoting(token.lastUsedAt, now())) await noteTokenUse(db, token.tenant, token.id, now());
    return holderOf(db, token);
  },
  ofSession: async (text) => {
    const read = readSession(text);
    const session = read && (await findSession(db, read.id));
    if (!session || !isSecretOf(session.digest, read.secret)) return null;
    const { tenant, id, subject, tokenId } = session;
    const at = now();
    if (at >= session.expiresAt || at >= session.lastUsedAt + IDLE_MS) return null;
    if (isWorthNoting(session.lastUsedAt, at)) await noteSessionUse(db, tenant, id, at);
    if (tokenId === null) return personOf(db, tenant, subject);
    const token = await findToken(db, tokenId);
    return token && isValid(token, at) ? holderOf(db, token) : null;
  },
  ofCertificate: (shown) => certifiedCaller(db, shown, now()),
  isRevoked: (credentials) => isRevoked(db, credentials),
});

/** Whom a token belongs to: itself, a person with their present roles, a worker, or a job. */
async function holderOf(db: Database, token: TokenRow): Promise<Caller | null> {
  const { tenant, name, roles, actsAs, expiresAt } = token;
  if (actsAs?.startsWith('person:')) return personOf(db, tenant, actsAs);
  const track = trackOfWorker(actsAs ?? '');
  if (track !== null) return workerCaller(db, tenant, track);
  const grants = await presentGrants(db, tenant, roles);
  const caller = { tenant, subject: actsAs ?? `token:${name}`, name, groups: [], grants };
  return expiresAt === null ? caller : { ...caller, until: expiresAt };
}

/**
 * A subject as it stands now, whatever it shows; null for one that is out, undefined for one that no table knows, such as a
 * part of Sluice.
 */
export async function presentCaller(
  db: Database,
  { tenant, at }: { readonly tenant: string; readonly at: Instant },
  subject: string,
): Promise<Caller | null | undefined> {
  const kind = subject.slice(0, subject.indexOf(':'));
  const name = subject.slice(kind.length + 1);
  if (kind === 'person') return personOf(db, tenant, subject);
  if (kind === 'token') {
    const token = await namedToken(db, tenant, name);
    return token && token.name === name && isValid(token, at) ? holderOf(db, token) : null;
  }
  if (kind !== 'workload') return undefined;
  const trust = (await listTrusts(db, tenant)).find((trusted) => trusted.name === name);
  if (!trust) return null;
  return { tenant, subject, name, groups: [], grants: await presentGrants(db, tenant, trust.roles) };
}

/** A member with the roles that they and their groups have now; null for one who was removed. */
export async function personOf(db: Database, tenant: string, subject: string): Promise<Caller | null> {
  const member = await findMember(db, tenant, subject);
  if (!member) return null;
  const { name, groups } = member;
  const roles = await rolesOf(db, tenant, [subject, ...groups.map((group) => `group:${group}`)]);
  return { tenant, subject, name, groups, grants: await presentGrants(db, tenant, roles) };
}

/** What roles allow now; the built-in ones are known without asking the store. */
async function presentGrants(
  db: Database,
  tenant: string,
  roles: readonly RoleAt[],
): Promise<readonly Grant[]> {
  const isBuiltIn = roles.every(({ role }) => isBuiltInRole(role));
  return grantsOf(roles, isBuiltIn ? new Map() : await customRoles(db, tenant));
}

/** Uses are kept to the minute; most requests come sooner after another. */
const isWorthNoting = (lastUsedAt: Instant | null, at: Instant): boolean =>
  lastUsedAt === null || lastUsedAt < at - 60_000;

const isValid = ({ expiresAt, revokedAt }: TokenRow, at: Instant): boolean =>
  revokedAt === null && (expiresAt === null || at < expiresAt);
