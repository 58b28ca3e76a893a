/**
 * Purpose: tokens as people make and revoke them.
 *
 * Owns the table `tokens`. 1. What lets in is shown once; its digest is kept. 2. Nobody gives a token more than they have, nor
 * for longer.
 * 3. Each that is made or revoked stands in the ledger, in the same transaction.
 */
import type { Caller } from '@sluice/core/access/caller.ts';
import { decideAccess, isWithin, ORGANISATION } from '@sluice/core/access/decide-access.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { isBuiltInRole } from '@sluice/core/access/roles.ts';
import type { NewTokenView, TokenRequest, TokenView } from '@sluice/protocol/http/access.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { customRoles } from '../store/access/grants.ts';
import {
  addToken,
  listTokens,
  namedToken,
  revokeToken,
  type RoleAt,
  type TokenRow,
} from '../store/access/tokens.ts';
import type { Database } from '../store/database/open-database.ts';
import { pageOf } from '../store/paging/page-of.ts';
import type { TokenRegistry } from './access-registry.ts';
import {
  beyondOwn,
  lastAdmin,
  mustExpire,
  mustNotOutlast,
  notYourToken,
  tokenExists,
  unknownRole,
  unknownToken,
} from './access-refusals.ts';
import { mintToken } from './bearer-token.ts';
import { grantsOf } from './role-grants.ts';

const DAY_MS = 86_400_000;
const NEVER = 'This token never expires. Whoever finds it may use it until somebody revokes it.';

/** The tokens of a tenant. */
export const storedTokens = (db: Database, tenant: string, now: () => Instant): TokenRegistry => ({
  create: (caller, request) => create(db, tenant, { caller, request, at: now() }),
  tokens: (caller, { cursor, limit, workers = false }) => {
    const mine = decideAccess(caller, 'access:read', ORGANISATION).allowed ? {} : { of: caller.subject };
    const after = cursor === null ? {} : { after: cursor };
    const wish = { ...mine, ...after, ...(workers && { workersAt: now() }) };
    const read = (most: number) => listTokens(db, tenant, { ...wish, limit: most });
    return pageOf(limit, read, { item: tokenView, cursor: ({ name }) => name });
  },
  revoke: async (caller, named) => {
    const token = await namedToken(db, tenant, named);
    if (!token) return unknownToken(named);
    if (!isOwn(caller, token) && !decideAccess(caller, 'access:manage', ORGANISATION).allowed)
      return notYourToken(named);
    const entry = {
      at: now(),
      actor: caller.subject,
      action: 'tokenRevoked',
      subject: `token:${token.name}`,
    };
    const revoked = await revokeToken(db, tenant, token.id, { ...entry, detail: { id: token.id } });
    if (revoked === 'last-admin') return lastAdmin(`token:${token.name}`);
    return revoked ? ok(tokenView(revoked)) : unknownToken(named);
  },
});

interface Creation {
  readonly caller: Caller;
  readonly request: TokenRequest;
  readonly at: Instant;
}

async function create(
  db: Database,
  tenant: string,
  { caller, request, at }: Creation,
): Promise<Result<NewTokenView, Problem>> {
  const { name, roles, expiresInDays } = request;
  const refused = refusedRoles(caller, roles, await customRoles(db, tenant));
  if (refused) return refused;
  if (expiresInDays === null && !decideAccess(caller, 'access:manage', ORGANISATION).allowed)
    return mustExpire();
  const expiresAt = expiresInDays === null ? null : at + expiresInDays * DAY_MS;
  if (caller.until !== undefined && (expiresAt ?? Infinity) > caller.until) return mustNotOutlast(caller);
  const { id, text, digest } = mintToken();
  const row = await addToken(
    db,
    tenant,
    { id, name, digest, roles, createdBy: caller.subject, expiresAt },
    {
      ...{ at, actor: caller.subject, action: 'tokenCreated', subject: `token:${name}` },
      detail: { id, roles, expiresAt },
    },
  );
  if (!row) return tokenExists(name);
  return ok({ ...tokenView(row), token: text, warnings: expiresAt === null ? [NEVER] : [] });
}

/** Why somebody may not give roles at places; undefined when they may. */
export function refusedRoles(
  caller: Caller,
  roles: readonly RoleAt[],
  custom: ReadonlyMap<string, readonly string[]>,
) {
  const unknown = roles.find(({ role }) => !isBuiltInRole(role) && !custom.has(role));
  if (unknown) return unknownRole(unknown.role);
  // A worker has its role for one track, and what it gave would be good for all of the place.
  const own = caller.track === undefined ? caller.grants : [];
  const beyond = grantsOf(roles, custom).find((grant) => !isWithin(grant, own));
  return beyond && beyondOwn(beyond.role, placeWords(beyond));
}

const placeWords = ({ project, environment }: RoleAt): string =>
  `in ${environment === '*' ? 'all environments' : `the environment ${environment}`} of ${project === '*' ? 'all projects' : `the project ${project}`}`;

const isOwn = ({ subject }: Caller, { createdBy, actsAs, name }: TokenRow): boolean =>
  createdBy === subject || actsAs === subject || `token:${name}` === subject;

/** A token as it is shown. */
export const tokenView = ({ id, name, actsAs, roles, ...row }: TokenRow): TokenView => ({
  ...{ id, name, subject: actsAs ?? `token:${name}`, roles: [...roles] },
  createdBy: row.createdBy,
  createdAt: row.createdAt,
  expiresAt: row.expiresAt,
  lastUsedAt: row.lastUsedAt,
});
