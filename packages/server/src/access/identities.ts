import type { Caller } from '@sluice/core/access/caller.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { customRoles } from '../store/access/grants.ts';
import { findToken, noteTokenUse, type TokenRow } from '../store/access/tokens.ts';
import type { Database } from '../store/database/open-database.ts';
import { isSecretOf, readToken } from './bearer-token.ts';
import { grantsOf } from './role-grants.ts';

/** Whom tokens belong to. */
export interface Identities {
  /** Null for what is nobody's: unknown, expired or revoked. */
  ofToken(text: string): Promise<Caller | null>;
}

/** The tokens of all tenants, read from the store at each question: one that is revoked lets nobody in any more. */
export const storedIdentities = (db: Database, now: () => Instant): Identities => ({
  ofToken: async (text) => {
    const read = readToken(text);
    const token = read && (await findToken(db, read.id));
    if (!token || !isSecretOf(token.digest, read.secret) || !isValid(token, now())) return null;
    const { tenant, id, name, roles } = token;
    await noteTokenUse(db, tenant, id, now());
    const isCustom = roles.length > 0;
    const grants = grantsOf(roles, isCustom ? await customRoles(db, tenant) : new Map());
    return { tenant, subject: `token:${name}`, name, groups: [], grants };
  },
});

const isValid = ({ expiresAt, revokedAt }: TokenRow, at: Instant): boolean =>
  revokedAt === null && (expiresAt === null || at < expiresAt);
