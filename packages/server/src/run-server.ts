/**
 * Purpose: the composition root of the control plane: the process, and what its tenants share. No logic, only wiring.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import manifest from '../package.json' with { type: 'json' };
import type { Logger } from 'pino';
import { adminTokenFile } from '@sluice/protocol/process/admin-token.ts';
import { ensureFirstToken } from './access/first-token.ts';
import { storedIdentities } from './access/identities.ts';
import { bundleStore, SOURCE_LIMITS } from './bundles/bundle-store.ts';
import { hostClient } from './host-client/host-client.ts';
import { hostSocket } from './host-client/host-socket.ts';
import { retentionDuty } from './retention/retention-duty.ts';
import type { ServerArguments } from './server-arguments.ts';
import { openDatabase, type Database } from './store/database/open-database.ts';
import { startEmbeddedPostgres } from './store/embedded/start-embedded-postgres.ts';
import { migrate } from './store/migrations/migrate.ts';
import { listBundlesInUse } from './store/revisions/bundles-in-use.ts';
import { openSeal } from './ledger/open-audit.ts';
import { openTracing } from './telemetry/tracing/open-tracing.ts';
import { runTenants } from './run-tenants.ts';
import { watchCertificate } from './tls/watched-certificate.ts';

/** Wakes come by notification; this is for what falls due by time. */
const POLL_MS = 100;

/** A running control plane. */
export interface Server {
  readonly apiPort: number;
  /** Ends in order; hosts and the embedded database go on. */
  close(): Promise<void>;
}

/** Starts everything and resolves when the API answers. */
export async function runServer(args: ServerArguments, log: Logger): Promise<Server> {
  const ending = new AbortController();
  const { signal } = ending;
  const { hostDirectory, directory } = args;
  const url =
    args.databaseUrl ??
    (await startEmbeddedPostgres({ directory: join(directory, 'postgres') })).connectionString;
  const db = openDatabase(url);
  const migrations = await migrate(db);
  const host = hostDirectory === null ? null : hostClient(await hostSocket(hostDirectory, signal));
  const bundles = bundleStore(join(directory, 'bundles'), {
    limits: { ...SOURCE_LIMITS, ownFolder: directory },
  });
  log.info({ migrations, directory }, 'the store is ready');
  await writeFirstToken(db, directory, log);
  const seal = await openSeal({
    ...{ directory, environment: process.env, host, version: manifest.version },
  });
  const tracing = await openTracing(process.env, { version: manifest.version, log });
  const certificate = args.tls && (await watchCertificate(args.tls, { log, now, signal }));
  const identities = storedIdentities(db, now);
  const tenants = await runTenants({
    ...{ args, db, url, log, host, bundles, tracing, seal, identities, certificate, signal },
    holder: `${hostname()} ${process.pid} ${randomUUID()}`,
    pollMs: POLL_MS,
  });
  const port = await tenants.listen(args.apiPort);
  const retention = retentionDuty({
    ...{ db, holder: tenants.holder, now, log, signal },
    pruneBundles: async () => bundles.prune(await listBundlesInUse(db)),
    wait: (ms) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined),
  });
  return {
    apiPort: port,
    close: async () => {
      ending.abort();
      await tenants.close();
      await retention;
      await tracing.close();
      await host?.close();
      await db.destroy();
    },
  };
}

async function writeFirstToken(db: Database, directory: string, log: Logger): Promise<void> {
  const path = adminTokenFile(directory);
  if (await ensureFirstToken(db, { path, holder: hostname(), now }))
    log.info({ path }, 'a token of the role admin was written');
}

const now = (): number => Date.now();
