import type { Caller } from '@sluice/core/access/caller.ts';
import { decideAccess, ORGANISATION } from '@sluice/core/access/decide-access.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type {
  JoinTokenRequest,
  JoinTokenView,
  NewJoinTokenView,
  WorkerIdentityView,
} from '@sluice/protocol/http/joining.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { projectOf } from '../../store/access/grants.ts';
import {
  addJoinToken,
  findJoinToken,
  type JoinTokenRow,
  listJoinTokens,
  revokeJoinToken,
} from '../../store/access/join-tokens.ts';
import {
  listWorkerIdentities,
  revokeWorkerIdentity,
  type WorkerIdentityRow,
} from '../../store/access/worker-identities.ts';
import type { Database } from '../../store/database/open-database.ts';
import { pageOf } from '../../store/paging/page-of.ts';
import type { JoiningRegistry } from '../access-registry.ts';
import { mintToken } from '../bearer-token.ts';
import { refusedRoles } from '../stored-tokens.ts';
import { notYourJoinToken, unknownIdentity, unknownJoinToken } from './join-refusals.ts';

/** What workers of a tenant join with, and who has joined. */
export const storedJoining = (db: Database, tenant: string, now: () => Instant): JoiningRegistry => ({
  createJoinToken: (caller, request) => create(db, tenant, { caller, request, at: now() }),
  joinTokens: (caller, { cursor, limit }) => {
    const of = decideAccess(caller, 'access:read', ORGANISATION).allowed ? null : caller.subject;
    const read = (most: number) => listJoinTokens(db, tenant, { after: cursor, of, limit: most });
    return pageOf(limit, read, { item: joinTokenView, cursor: ({ id }) => id });
  },
  revokeJoinToken: async (caller, id) => {
    const token = await findJoinToken(db, id);
    if (token?.tenant !== tenant) return unknownJoinToken(id);
    const isOwn = token.createdBy === caller.subject;
    if (!isOwn && !decideAccess(caller, 'access:manage', ORGANISATION).allowed) return notYourJoinToken(id);
    const entry = {
      at: now(),
      actor: caller.subject,
      action: 'joinTokenRevoked',
      subject: `join-token:${id}`,
    };
    const revoked = await revokeJoinToken(db, tenant, id, { ...entry, detail: {} });
    return revoked ? ok(joinTokenView(revoked)) : unknownJoinToken(id);
  },
  workerIdentities: ({ cursor, limit }) => {
    const read = (most: number) =>
      listWorkerIdentities(db, tenant, { after: cursor, limit: most, at: now() });
    return pageOf(limit, read, { item: identityView, cursor: ({ id }) => id });
  },
  revokeWorkerIdentity: async (caller, id) => {
    const subject = `worker-identity:${id}`;
    const entry = { at: now(), actor: caller.subject, action: 'workerIdentityRevoked', subject, detail: {} };
    const revoked = await revokeWorkerIdentity(db, tenant, id, entry);
    return revoked ? ok(identityView(revoked)) : unknownIdentity(id);
  },
});

async function create(
  db: Database,
  tenant: string,
  wanted: { readonly caller: Caller; readonly request: JoinTokenRequest; readonly at: Instant },
): Promise<Result<NewJoinTokenView, Problem>> {
  const { caller, request, at } = wanted;
  const { track, uses, expiresInHours } = request;
  const [application = '', environment = ''] = track.split('/');
  const project = await projectOf(db, tenant, application);
  const refused = refusedRoles(caller, [{ role: 'worker', project, environment }], new Map());
  if (refused) return refused;
  const { id, text, digest } = mintToken('slj');
  const expiresAt = at + expiresInHours * 3_600_000;
  const row = { tenant, id, track, uses, createdBy: caller.subject, createdAt: at, expiresAt };
  await addJoinToken(
    db,
    { ...row, digest },
    {
      ...{ at, actor: caller.subject, action: 'joinTokenCreated', subject: `join-token:${id}` },
      detail: { track, uses, expiresAt },
    },
  );
  return ok({ ...joinTokenView({ ...row, usesLeft: uses }), token: text });
}

const joinTokenView = ({ tenant: _tenant, ...row }: JoinTokenRow): JoinTokenView => row;

const identityView = ({
  tenant: _tenant,
  revokedAt: _revoked,
  ...row
}: WorkerIdentityRow): WorkerIdentityView => row;
