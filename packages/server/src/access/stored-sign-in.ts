/**
 * Purpose: people and jobs are let in, whichever tenant they belong to.
 *
 * Owns the tables `sessions`, `login_codes`, `seen_assertions` and `failed_logins`. 1. Each login makes a new session; none is
 * taken from outside. 2. Whoever fails often waits. 3. Each login stands in the ledger of its tenant.
 */
import type { Caller } from '@sluice/core/access/caller.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { addBinding } from '../store/access/bindings.ts';
import { noteMember } from '../store/access/members.ts';
import { DEFAULT_TENANT, listOrganisations } from '../store/access/organisations.ts';
import { addSession, findSession, removeSession, removeSessionsOf } from '../store/access/sessions.ts';
import { findToken } from '../store/access/tokens.ts';
import type { Database } from '../store/database/open-database.ts';
import type { Assertions } from './assertions.ts';
import { isSecretOf, readToken } from './bearer-token.ts';
import { codeFor, redeemCode } from './cli-login.ts';
import type { FailedLogins, Trial } from './failed-logins.ts';
import type { Identities } from './identities.ts';
import type { OidcLogin, OidcPerson } from './oidc-login.ts';
import { mintSession, readSession } from './session-cookie.ts';
import type { OpenedSession, SignIn } from './sign-in.ts';
import { noProvider, notAdmitted, notAPerson, notByToken, notLetIn, tooOften } from './sign-in-refusals.ts';
import { exchangeAssertion } from './workload-login.ts';

/** A session ends after so long, whoever uses it, in ms. */
export const SESSION_MS = 7 * 86_400_000;

/** What letting in works with. */
export interface SignInPorts {
  /** The rows of every tenant. */
  readonly db: Database;
  readonly identities: Identities;
  readonly failures: FailedLogins;
  /** Null: nobody signs in by an identity provider. */
  readonly oidc: {
    readonly login: OidcLogin;
    readonly name: string;
    readonly adminGroup: string | null;
  } | null;
  readonly assertions: Assertions;
  readonly now: () => Instant;
}

/** Letting in, over the store. */
export function storedSignIn(ports: SignInPorts): SignIn {
  const { db, oidc, now } = ports;
  return {
    provider: oidc?.name ?? null,
    endOf: async (session) => (await sessionOf(db, session))?.expiresAt ?? null,
    withToken: (token, from) => {
      const account = readToken(token)?.id ?? null;
      return guarded(ports, { from, account: account && `token ${account}` }, 'token', () =>
        byToken(ports, token),
      );
    },
    beginLogin: async (callback, returnTo) => (oidc ? oidc.login.begin(callback, returnTo) : noProvider()),
    finishLogin: (flow, answer, from) =>
      guarded(ports, { from, account: null }, 'oidc', async () => {
        if (!oidc) return noProvider();
        const person = await oidc.login.finish(flow, answer);
        return person.ok ? admit(ports, person.value, oidc.adminGroup) : person;
      }),
    signOut: async (text, returnTo) => {
      const session = await sessionOf(db, text);
      if (!session) return null;
      await removeSession(db, session.tenant, session.id);
      return session.idToken !== null && oidc ? oidc.login.signOutUrl(session.idToken, returnTo) : null;
    },
    signOutEverywhere: ({ tenant, subject }) =>
      removeSessionsOf(db, tenant, subject, (sessions) => ({
        ...{ at: now(), actor: subject, action: 'signedOutEverywhere', subject, detail: { sessions } },
      })),
    codeFor: async (caller, { session, challenge }) => {
      if (!caller.subject.startsWith('person:')) return notAPerson(caller.subject);
      const begun = await sessionOf(db, session);
      if (begun?.tokenId !== null) return notByToken();
      return ok(await codeFor(db, caller, { challenge, at: now() }));
    },
    redeem: (code, verifier, from) =>
      guarded(ports, { from, account: null }, 'code', () => redeemCode(db, { code, verifier, at: now() })),
    exchange: (exchange, from) =>
      guarded(ports, { from, account: null }, 'workload', () =>
        exchangeAssertion(db, ports.assertions, { ...exchange, at: now() }),
      ),
  };
}

/** Lets somebody try who has not failed too often, and counts what came of it. */
async function guarded<Value>(
  { failures }: SignInPorts,
  trial: Trial,
  how: string,
  attempt: () => Promise<Result<Value, Problem>>,
): Promise<Result<Value, Problem>> {
  const waitMs = await failures.waitFor(trial);
  if (waitMs > 0) return tooOften(waitMs);
  const result = await attempt();
  if (result.ok) await failures.succeeded(trial);
  else if (result.refusal.status === 401) await failures.failed(trial, how);
  return result;
}

async function sessionOf(db: Database, text: string) {
  const read = readSession(text);
  const session = read && (await findSession(db, read.id));
  return session && isSecretOf(session.digest, read.secret) ? session : undefined;
}

async function byToken(ports: SignInPorts, text: string): Promise<Result<OpenedSession, Problem>> {
  const caller = await ports.identities.ofToken(text);
  const token = caller && (await findToken(ports.db, readToken(text)?.id ?? ''));
  if (!caller || !token) return notLetIn();
  const endsAt = Math.min(ports.now() + SESSION_MS, token.expiresAt ?? Number.MAX_SAFE_INTEGER);
  return ok(await opened(ports, caller, { endsAt, tokenId: token.id, idToken: null }));
}

/** Notes who has come, with the groups that they have now, and opens a session. */
async function admit(
  ports: SignInPorts,
  person: OidcPerson,
  adminGroup: string | null,
): Promise<Result<OpenedSession, Problem>> {
  const { db, now } = ports;
  const { email, organisation, ...vouched } = person;
  const tenant = organisation ?? DEFAULT_TENANT;
  if (!(await listOrganisations(db)).some((one) => one.tenant === tenant))
    return notAdmitted(`There is no organisation ${tenant} here`);
  const subject = `person:${email}`;
  const noted = await noteMember(db, tenant, { subject, email, ...vouched }, now());
  if (noted === 'other')
    return notAdmitted(
      `The address ${email} belonged to somebody else before; an administrator has to remove that member first`,
    );
  if (adminGroup !== null && tenant === DEFAULT_TENANT && person.groups.includes(adminGroup))
    await bindAdmins(ports, adminGroup);
  const caller: Caller = { tenant, subject, name: person.name, groups: person.groups, grants: [] };
  const endsAt = now() + SESSION_MS;
  return ok(await opened(ports, caller, { endsAt, tokenId: null, idToken: person.idToken }));
}

/** Whoever runs the control plane has said that this group administers it. */
async function bindAdmins({ db, now }: SignInPorts, group: string): Promise<void> {
  const at = { role: 'admin', project: '*', environment: '*' };
  const subject = `group:${group}`;
  const entry = { at: now(), actor: 'system', action: 'roleGiven', subject, detail: at };
  await addBinding(db, DEFAULT_TENANT, { subject, ...at, addedBy: 'system' }, entry);
}

async function opened(
  { db, now }: SignInPorts,
  caller: Caller,
  session: { readonly endsAt: Instant; readonly tokenId: string | null; readonly idToken: string | null },
): Promise<OpenedSession> {
  const { endsAt: expiresAt, ...rest } = session;
  const { tenant, subject } = caller;
  const { id, text, digest } = mintSession();
  const how = rest.tokenId === null ? 'identity provider' : 'token';
  await addSession(
    db,
    tenant,
    { id, digest, subject, expiresAt, ...rest },
    { at: now(), actor: subject, action: 'signedIn', subject, detail: { how } },
  );
  return { caller, text, endsAt: expiresAt, lastsMs: expiresAt - now() };
}
