import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { storeFailure } from '../database/store-failure.ts';
import type { StoreSchema } from '../database/store-schema.ts';
import { buildTenantWall } from '../tenants/tenant-wall.ts';
import { firstTables } from './0001-first-tables.ts';
import { workloads } from './0002-workloads.ts';
import { clusters } from './0003-clusters.ts';
import { tasks } from './0004-tasks.ts';
import { taskEvidence } from './0005-task-evidence.ts';
import { workflows } from './0006-workflows.ts';
import { tools } from './0007-tools.ts';
import { memory } from './0008-memory.ts';
import { schedules } from './0009-schedules.ts';
import { pools } from './0010-pools.ts';
import { taskSpeed } from './0011-task-speed.ts';
import { pinnedTasks } from './0012-pinned-tasks.ts';
import { access } from './0013-access.ts';
import { ledgerTree } from './0014-ledger-tree.ts';
import { channels } from './0015-channels.ts';
import { gates } from './0016-gates.ts';
import { policies } from './0017-policies.ts';
import { secrets } from './0018-secrets.ts';
import { tracing } from './0021-tracing.ts';
import { signIn } from './0022-sign-in.ts';
import { joining } from './0024-joining.ts';
import { systemFreezes } from './0025-system-freezes.ts';
import { renewedAuthorities } from './0026-renewed-authorities.ts';
import { foundRevisions } from './0027-found-revisions.ts';

/** Every change of the schema, in order. Append only: what a release has shipped is never edited. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-tables': firstTables,
  '0002-workloads': workloads,
  '0003-clusters': clusters,
  '0004-tasks': tasks,
  '0005-task-evidence': taskEvidence,
  '0006-workflows': workflows,
  '0007-tools': tools,
  '0008-memory': memory,
  '0009-schedules': schedules,
  '0010-pools': pools,
  '0011-task-speed': taskSpeed,
  '0012-pinned-tasks': pinnedTasks,
  '0013-access': access,
  '0014-ledger-tree': ledgerTree,
  '0015-channels': channels,
  '0016-gates': gates,
  '0017-policies': policies,
  '0018-secrets': secrets,
  '0021-tracing': tracing,
  '0022-sign-in': signIn,
  '0024-joining': joining,
  '0025-system-freezes': systemFreezes,
  '0026-renewed-authorities': renewedAuthorities,
  '0027-found-revisions': foundRevisions,
};

/** Any number, the same for all replicas of one database. */
const LOCK = 7_310_228_419_206_551;

/**
 * Brings the schema to this build's version, in one transaction. Replicas that start at once take turns, and those that
 * come later find it done.
 * @returns the names of the migrations that were run
 * @throws SluiceError `unsupported` when a newer build has migrated the database, else what the database said
 */
export async function migrate(
  db: Kysely<StoreSchema>,
  migrations: Readonly<Record<string, Migration>> = MIGRATIONS,
): Promise<readonly string[]> {
  return db.connection().execute(async (connection) => {
    await lockForMigration(connection);
    try {
      return await migrateAlone(connection, migrations);
    } finally {
      await unlock(connection);
    }
  });
}

async function migrateAlone(
  connection: Kysely<StoreSchema>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<readonly string[]> {
  const migrator = new Migrator({
    db: connection,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: 'schema_migrations',
    migrationLockTableName: 'schema_migration_lock',
  });
  await refuseNewerSchema(connection, Object.keys(migrations));
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw storeFailure(error, 'Migrating the database');
  await buildTenantWall(connection);
  return results.filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName);
}

/** Reading a schema that is not known yet could destroy what only the newer build understands. */
async function refuseNewerSchema(connection: Kysely<StoreSchema>, known: readonly string[]): Promise<void> {
  const table = sql<{ found: boolean }>`select to_regclass('schema_migrations') is not null as found`;
  if ((await table.execute(connection)).rows[0]?.found !== true) return;
  const { rows } = await sql<{ name: string }>`select name from schema_migrations`.execute(connection);
  const newer = rows.map(({ name }) => name).filter((name) => !known.includes(name));
  if (newer.length === 0) return;
  throw new SluiceError(
    'unsupported',
    `Opening the database failed: a newer build of sluice has migrated it (${newer.toSorted().join(', ')}). ` +
      'Start that build or a newer one, or restore the backup from before the upgrade.',
    { next: 'ask-human' },
  );
}

async function lockForMigration(connection: Kysely<StoreSchema>): Promise<void> {
  // The others wait for as long as the one takes, and an index over a large table takes its time.
  await sql`set statement_timeout = 0`.execute(connection);
  await sql`select pg_advisory_lock(${LOCK})`.execute(connection);
}

/** A connection that broke has lost its lock with its session. */
async function unlock(connection: Kysely<StoreSchema>): Promise<void> {
  await sql`select pg_advisory_unlock(${LOCK})`.execute(connection).catch(() => undefined);
  await sql`reset statement_timeout`.execute(connection).catch(() => undefined);
}
