import type { Caller } from '@sluice/core/access/caller.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { customRoles, rolesOf } from '../store/access/grants.ts';
import { findMember } from '../store/access/members.ts';
import { findSession, noteSessionUse } from '../store/access/sessions.ts';
import { findToken, noteTokenUse, type TokenRow } from '../store/access/tokens.ts';
import type { Database } from '../store/database/open-database.ts';
import { isSecretOf, readToken } from './bearer-token.ts';
import { grantsOf } from './role-grants.ts';
import { readSession } from './session-cookie.ts';

/** Whom tokens and sessions belong to. */
export interface Identities {
  /** Null for what is nobody's: unknown, expired or revoked. */
  ofToken(text: string): Promise<Caller | null>;
  /** As `ofToken`, of what a cookie holds. */
  ofSession(text: string): Promise<Caller | null>;
}

/** A session that nobody used for so long is over, in ms. */
export const IDLE_MS = 12 * 3_600_000;

/** The tokens of all tenants, read from the store at each question: one that is revoked lets nobody in any more. */
export const storedIdentities = (db: Database, now: () => Instant): Identities => ({
  ofToken: async (text) => {
    const read = readToken(text);
    const token = read && (await findToken(db, read.id));
    if (!token || !isSecretOf(token.digest, read.secret) || !isValid(token, now())) return null;
    await noteTokenUse(db, token.tenant, token.id, now());
    return holderOf(db, token);
  },
  ofSession: async (text) => {
    const read = readSession(text);
    const session = read && (await findSession(db, read.id));
    if (!session || !isSecretOf(session.digest, read.secret)) return null;
    const { tenant, id, subject, tokenId } = session;
    const at = now();
    if (at >= session.expiresAt || at >= session.lastUsedAt + IDLE_MS) return null;
    await noteSessionUse(db, tenant, id, at);
    if (tokenId === null) return personOf(db, tenant, subject);
    const token = await findToken(db, tokenId);
    return token && isValid(token, at) ? holderOf(db, token) : null;
  },
});

/** Whom a token belongs to: itself, a person with their present roles, or a job. */
async function holderOf(db: Database, token: TokenRow): Promise<Caller | null> {
  const { tenant, name, roles, actsAs } = token;
  if (actsAs?.startsWith('person:')) return personOf(db, tenant, actsAs);
  const grants = grantsOf(roles, roles.length > 0 ? await customRoles(db, tenant) : new Map());
  return { tenant, subject: actsAs ?? `token:${name}`, name, groups: [], grants };
}

/** A member with the roles that they and their groups have now; null for one who was removed. */
export async function personOf(db: Database, tenant: string, subject: string): Promise<Caller | null> {
  const member = await findMember(db, tenant, subject);
  if (!member) return null;
  const { name, groups } = member;
  const roles = await rolesOf(db, tenant, [subject, ...groups.map((group) => `group:${group}`)]);
  return { tenant, subject, name, groups, grants: grantsOf(roles, await customRoles(db, tenant)) };
}

const isValid = ({ expiresAt, revokedAt }: TokenRow, at: Instant): boolean =>
  revokedAt === null && (expiresAt === null || at < expiresAt);
