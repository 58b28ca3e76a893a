/**
 * Purpose: the tenants of a control plane side by side, each in parts of its own, behind one port.
 *
 * Owns what runs of each tenant. 1. A request goes to the API of the tenant whose credentials it carries; one that carries
 * none goes to the tenant `default`, or to the one whose channel Slack names. 2. Nothing of another tenant runs on this machine, reads its variables or is let into
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
import { storedJoinDesk, type JoinDesk } from './access/joining/join-desk.ts';
import { openWorkerAuthority } from './access/joining/worker-authority.ts';
import { listenOnLoopback } from './api/listen-on-loopback.ts';
import { FOREIGN_ENVIRONMENT } from './checks/component-variables.ts';
import { credentialsOf, ownCredentialsOf } from './clusters/known-clusters.ts';
import { type OpenClusters, openClusters } from './clusters/open-clusters.ts';
import { registeredCredentials } from './clusters/stored-clusters.ts';
import { type RequestLimiter, requestLimiter } from './limits/request-limiter.ts';
import { openCluster } from './kubernetes/open-cluster.ts';
import { type GuardedOutgoing, guardedOutgoing } from './outgoing/guarded-outgoing.ts';
import { type RunningTenant, runTenant } from './run-tenant.ts';
import { tenantFront } from './api/tenant-front.ts';
import type { TenantParts } from './tenant-parts.ts';
import type { KeyEncryption } from './secrets/key-encryption.ts';
import { chosenKeys } from './secrets/chosen-keys.ts';
import type { ServerArguments } from './server-arguments.ts';
import { DEFAULT_TENANT, listOrganisations } from './store/access/organisations.ts';
import { type Database, openTenantDatabases, type TenantDatabases } from './store/database/open-database.ts';
import { hasTenantWall } from './store/tenants/tenant-wall.ts';
import type { SharedPort } from './api/shared-port.ts';
import { openSecureDoor } from './api/secure-door.ts';

/** What tenants share. */
export interface TenantsParts
  extends Pick<
    TenantParts,
    'url' | 'log' | 'host' | 'bundles' | 'tracing' | 'seal' | 'holder' | 'signal' | 'certificate'
  > {
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
  const keys = chosenKeys(process.env, { directory: args.directory, fetch: globalThis.fetch });
  const walled = (await hasTenantWall(db)) ? openTenantDatabases(parts.url) : null;
  if (!walled) log.warn(NO_WALL);
  const running = new Map<string, RunningTenant>();
  const authority = args.tls && (await openWorkerAuthority({ db, keys, log, now }));
  const joining = storedJoinDesk({ db, authority, now });
  const limiter = requestLimiter(args.limits, { trusted: args.trustedProxies, now });
  const guard = askedOnce(storedGuard({ db, anonymous: args.anonymous, identities }));
  const outgoingOf = onePerTenant((tenant) =>
    guardedOutgoing(args.allowOutgoing, { organisation: tenant === DEFAULT_TENANT ? null : tenant }),
  );
  let port: number | null = null;
  const started = async (tenant: string): Promise<RunningTenant> => {
    const present = running.get(tenant);
    if (present) return present;
    const made = runTenant(
      partsOf(parts, { tenant, walled, guard, limiter, joining, front, keys, outgoingOf }),
    );
    running.set(tenant, made);
    await made.api.ready();
    if (port !== null) await made.listensOn(port);
    return made;
  };
  const front = (own: RequestListener): RequestListener =>
    tenantFront(own, {
      guard,
      limiter,
      log,
      publicUrl: args.publicUrl,
      home: DEFAULT_TENANT,
      of: started,
      running,
    });
  const startAll = async (): Promise<void> => {
    await authority?.look();
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
      if (args.tls && parts.certificate)
        await openSecureDoor(own.api.server as unknown as SharedPort, args.tls, {
          ...{ certificate: parts.certificate, log },
          ...(authority && { authorities: authority }),
        });
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
  readonly limiter: RequestLimiter;
  readonly joining: JoinDesk;
  readonly front: (own: RequestListener) => RequestListener;
  readonly keys: KeyEncryption;
  readonly outgoingOf: (tenant: string) => GuardedOutgoing;
}

/** The machine, its variables and what lets into clusters from it are the operator's, whose tenant is `default`. */
function partsOf(
  shared: TenantsParts,
  { tenant, walled, guard, limiter, joining, front, keys, outgoingOf }: TenantMeans,
): TenantParts {
  const { args, db, log } = shared;
  const isOwn = tenant === DEFAULT_TENANT;
  const rows = walled?.of(tenant) ?? db;
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
    limiter,
    joining,
    // Jobs of every tenant sign in at the API of `default`; the issuers that one of them trusts are its own calls.
    signIn: (failed) =>
      openSignIn({
        ...{ ...shared, oidc: args.oidc, failed, now },
        fetchOf: (organisation) => outgoingOf(organisation).fetch,
      }),
    everyTenant: isOwn ? db : null,
    organisations: isOwn ? storedOrganisations(db, { isWalled: walled !== null, now }) : null,
    front: isOwn ? front : null,
    activeMs: args.activeMs,
    outgoing: outgoingOf(tenant),
    publicUrl: args.publicUrl,
    pollMs: isOwn ? shared.pollMs : OTHERS_POLL_MS,
    processMetrics: isOwn,
  };
}

function onePerTenant<Made>(make: (tenant: string) => Made): (tenant: string) => Made {
  const made = new Map<string, Made>();
  return (tenant) => {
    const present = made.get(tenant) ?? make(tenant);
    made.set(tenant, present);
    return present;
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
