/**
 * Purpose: the tenants of a control plane side by side, each in parts of its own, behind one port.
 *
 * Owns what runs of each tenant. 1. A request goes to the API of the tenant whose credentials it carries; one that carries
 * none goes to the tenant `default`. 2. Nothing of another tenant runs on this machine, reads its variables or is let into
 * clusters by what lies on it. 3. A tenant that was made on another server runs here within seconds.
 */
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Logger } from 'pino';
import type { AccessGuard, Credentials } from './access/access-guard.ts';
import type { Identities } from './access/identities.ts';
import { storedOrganisations } from './access/organisations.ts';
import { openSignIn } from './access/open-sign-in.ts';
import { storedGuard } from './access/stored-guard.ts';
import { credentialsIn } from './api/access/credentials.ts';
import { listenOnLoopback } from './api/listen-on-loopback.ts';
import { FOREIGN_ENVIRONMENT } from './checks/component-variables.ts';
import { credentialsOf, ownCredentialsOf } from './clusters/known-clusters.ts';
import { type OpenClusters, openClusters } from './clusters/open-clusters.ts';
import { registeredCredentials } from './clusters/stored-clusters.ts';
import { openCluster } from './kubernetes/open-cluster.ts';
import { guardedOutgoing } from './outgoing/guarded-outgoing.ts';
import { type RunningTenant, runTenant } from './run-tenant.ts';
import type { TenantParts } from './tenant-parts.ts';
import type { KeyEncryption } from './secrets/key-encryption.ts';
import { keyFile } from './secrets/key-file.ts';
import type { ServerArguments } from './server-arguments.ts';
import { DEFAULT_TENANT, listOrganisations } from './store/access/organisations.ts';
import { type Database, openTenantDatabases, type TenantDatabases } from './store/database/open-database.ts';
import { hasTenantWall } from './store/tenants/tenant-wall.ts';

/** What tenants share. */
export interface TenantsParts
  extends Pick<TenantParts, 'url' | 'log' | 'host' | 'bundles' | 'tracing' | 'seal' | 'holder' | 'signal'> {
  readonly args: ServerArguments;
  /** Shows the rows of every tenant. */
  readonly db: Database;
  readonly identities: Identities;
  readonly pollMs: number;
}

/** Tenants at work. */
export interface RunningTenants {
  readonly holder: string;
  /** Listens for all of them; gives the port. */
  listen(port: number): Promise<number>;
  close(): Promise<void>;
}

/** How often it is asked whether there are tenants that do not run here yet, in ms. */
const LOOK_EVERY_MS = 5_000;
/** Other tenants are asked less often what has fallen due: they are woken by notifications. */
const OTHERS_POLL_MS = 1_000;

/** Starts everything of every tenant; nothing listens yet. */
export async function runTenants(parts: TenantsParts): Promise<RunningTenants> {
  const { args, db, log, identities, signal } = parts;
  const keys = keyFile(process.env['SLUICE_SECRETS_KEY_FILE'] ?? join(args.directory, 'secrets.key'));
  const walled = (await hasTenantWall(db)) ? openTenantDatabases(parts.url) : null;
  if (!walled) log.warn(NO_WALL);
  const running = new Map<string, RunningTenant>();
  const guard = askedOnce(storedGuard({ db, anonymous: args.anonymous, identities }));
  let port: number | null = null;
  const started = async (tenant: string): Promise<RunningTenant> => {
    const present = running.get(tenant);
    if (present) return present;
    const made = runTenant(partsOf(parts, { tenant, walled, guard, front, keys }));
    running.set(tenant, made);
    await made.api.ready();
    if (port !== null) await made.listensOn(port);
    return made;
  };
  const front = (own: RequestListener): RequestListener =>
    frontOf(own, { guard, log, of: (tenant) => started(tenant) });
  const startAll = async (): Promise<void> => {
    for (const { tenant } of await listOrganisations(db))
      if (tenant === DEFAULT_TENANT || walled) await started(tenant);
  };
  const own = await started(DEFAULT_TENANT);
  await startAll();
  const looking = lookAgain(startAll, { log, signal });
  return {
    holder: parts.holder,
    listen: async (wanted) => {
      ({ port } = await listenOnLoopback(own.api, { port: wanted }));
      for (const tenant of running.values()) await tenant.listensOn(port);
      return port;
    },
    close: async () => {
      await looking;
      await Promise.all([...running.values()].map((tenant) => tenant.close()));
      await walled?.close();
    },
  };
}

const NO_WALL =
  'there is no second wall between tenants: the user of the database may not make the role sluice_tenant, so that only the tenant default is served; as a superuser say: create role sluice_tenant nologin; grant sluice_tenant to the user of DATABASE_URL';

interface TenantMeans {
  readonly tenant: string;
  readonly walled: TenantDatabases | null;
  readonly guard: AccessGuard;
  readonly front: (own: RequestListener) => RequestListener;
  readonly keys: KeyEncryption;
}

/** The machine, its variables and what lets into clusters from it are the operator's, whose tenant is `default`. */
function partsOf(shared: TenantsParts, { tenant, walled, guard, front, keys }: TenantMeans): TenantParts {
  const { args, db, log } = shared;
  const isOwn = tenant === DEFAULT_TENANT;
  const rows = walled?.of(tenant) ?? db;
  const outgoing = guardedOutgoing(isOwn ? args.allowOutgoing : []);
  const directory = isOwn ? args.directory : join(args.directory, 'tenants', tenant);
  return {
    ...shared,
    tenant,
    db: rows,
    directory,
    keys,
    host: isOwn ? shared.host : null,
    hostDirectory: isOwn ? args.hostDirectory : null,
    isForeign: !isOwn,
    environment: isOwn ? process.env : FOREIGN_ENVIRONMENT,
    clusters: clustersOf(rows, { tenant, log, directory, isOwn }),
    access: onlyOf(tenant, guard),
    signIn: (failed) => openSignIn({ ...shared, oidc: args.oidc, fetch: outgoing.fetch, failed, now }),
    organisations: isOwn ? storedOrganisations(db, { isWalled: walled !== null, now }) : null,
    front: isOwn ? front : null,
    activeMs: args.activeMs,
    // What lies inside is the operator's.
    outgoing,
    publicUrl: args.publicUrl,
    pollMs: isOwn ? shared.pollMs : OTHERS_POLL_MS,
    processMetrics: isOwn,
  };
}

function clustersOf(
  db: Database,
  of: { readonly tenant: string; readonly log: Logger; readonly directory: string; readonly isOwn: boolean },
): OpenClusters {
  const registered = (name: string) => registeredCredentials(db, of.tenant, name);
  return openClusters({
    credentialsOf: (name) =>
      of.isOwn
        ? credentialsOf(name, registered, process.env)
        : ownCredentialsOf(name, registered, of.directory),
    open: (name, credentials) => openCluster({ name, credentials, log: of.log }),
    now,
  });
}

/** Whoever belongs to another tenant is nobody here, whichever way the request came. */
const onlyOf = (tenant: string, guard: AccessGuard): AccessGuard => ({
  ...guard,
  callerOf: async (credentials) => {
    const caller = await guard.callerOf(credentials);
    return caller?.tenant === tenant ? caller : null;
  },
});

/** Who makes a request is found out once, though both the way to a tenant and the tenant's API want to know. */
function askedOnce(guard: AccessGuard): AccessGuard {
  const callers = new WeakMap<Credentials, ReturnType<AccessGuard['callerOf']>>();
  return {
    ...guard,
    callerOf: (credentials) => {
      const asked = callers.get(credentials) ?? guard.callerOf(credentials);
      callers.set(credentials, asked);
      return asked;
    },
  };
}

/** Hands requests over to the API of whose they are. */
function frontOf(
  own: RequestListener,
  tenants: {
    readonly guard: AccessGuard;
    readonly log: Logger;
    readonly of: (tenant: string) => Promise<RunningTenant>;
  },
): RequestListener {
  const listenerFor = async (headers: Parameters<typeof credentialsIn>[0]): Promise<RequestListener> => {
    const caller = await tenants.guard.callerOf(credentialsIn(headers));
    if (caller === null || caller.tenant === DEFAULT_TENANT) return own;
    const { api } = await tenants.of(caller.tenant);
    return (request, response) => api.routing(request, response);
  };
  return (request, response) => {
    const { bearer, session } = credentialsIn(request.headers);
    if (bearer === null && session === null) return own(request, response);
    listenerFor(request.headers)
      .then((listener) => listener(request, response))
      .catch((thrown: unknown) => {
        // The API of the tenant `default` meets the same failure, and answers it as a problem.
        tenants.log.warn({ reason: SluiceError.from(thrown, 'finding a tenant').message }, 'no tenant found');
        own(request, response);
      });
  };
}

async function lookAgain(
  startAll: () => Promise<void>,
  { log, signal }: Pick<TenantsParts, 'log' | 'signal'>,
): Promise<void> {
  while (!signal.aborted) {
    await delay(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    await startAll().catch((thrown: unknown) =>
      log.warn({ reason: SluiceError.from(thrown, 'starting tenants').message }, 'tenants were not started'),
    );
  }
}

const now = (): number => Date.now();
