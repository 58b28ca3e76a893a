import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTenantDatabases, type TenantDatabases } from '../database/open-database.ts';
import { withDatabase } from '../testing/with-database.ts';
import { TENANT_ROLE } from './tenant-role.ts';
import { buildTenantWall, hasTenantWall } from './tenant-wall.ts';

const database = withDatabase();
let tenants: TenantDatabases;
beforeAll(() => {
  tenants = openTenantDatabases(database.url, { maxConnections: 1 });
});
afterAll(() => tenants.close());

/** Tables that belong to nobody, and why. */
const COMMON: Readonly<Record<string, string>> = {
  leases: 'which server does which duty',
  schema_migration_lock: 'what was done to the schema',
  schema_migrations: 'what was done to the schema',
};

const putCluster = (tenant: string, as = tenant) =>
  sql`insert into clusters (tenant, name, credentials, created_at)
    values (${tenant}, 'east', '{}', now())`.execute(tenants.of(as));

const clustersSeenBy = async (tenant: string): Promise<readonly string[]> => {
  const { rows } = await sql<{ readonly tenant: string }>`select tenant from clusters`.execute(
    tenants.of(tenant),
  );
  return rows.map((row) => row.tenant);
};

describe('the wall between tenants', () => {
  it('stands around every table, but what belongs to nobody', async () => {
    const { rows } = await sql<{ readonly name: string }>`
      select relname as name from pg_class
      where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace and not relrowsecurity
      order by relname`.execute(database.db);
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(COMMON).toSorted());
    expect(await hasTenantWall(database.db)).toBe(true);
  });

  it('shows a tenant its own rows alone, whatever a statement forgets to say', async () => {
    await putCluster('acme');
    await putCluster('bank');
    expect(await clustersSeenBy('acme')).toEqual(['acme']);
    expect(await clustersSeenBy('bank')).toEqual(['bank']);
    expect(await clustersSeenBy('nobody')).toEqual([]);
  });

  it('lets nobody change or remove the rows of another', async () => {
    await putCluster('bank');
    const changed = await sql`update clusters set region = 'here'`.execute(tenants.of('acme'));
    const removed = await sql`delete from clusters where tenant = 'bank'`.execute(tenants.of('acme'));
    expect([changed.numAffectedRows, removed.numAffectedRows]).toEqual([0n, 0n]);
    await expect(putCluster('bank', 'acme')).rejects.toThrow(/row-level security/);
    expect(await clustersSeenBy('bank')).toEqual(['bank']);
  });

  it('holds for a connection that goes from one tenant to the next, and after a failure', async () => {
    await putCluster('acme');
    await expect(sql`select 1 / 0`.execute(tenants.of('bank'))).rejects.toThrow();
    expect(await clustersSeenBy('bank')).toEqual([]);
    await expect(
      tenants
        .of('acme')
        .transaction()
        .execute(async (transaction) => {
          await sql`delete from clusters`.execute(transaction);
          await sql`select 1 / 0`.execute(transaction);
        }),
    ).rejects.toThrow();
    expect(await clustersSeenBy('acme')).toEqual(['acme']);
    expect(await clustersSeenBy('bank')).toEqual([]);
  });

  it('does not let itself be torn down from within', async () => {
    for (const statement of [
      'alter table clusters disable row level security',
      'drop policy tenant_wall on clusters',
      `alter role ${TENANT_ROLE} bypassrls`,
      'truncate clusters',
    ])
      await expect(sql.raw(statement).execute(tenants.of('acme'))).rejects.toThrow();
  });

  it('is put around a table that comes later', async () => {
    await sql`create table latecomers (tenant text not null, word text)`.execute(database.db);
    try {
      await sql`insert into latecomers values ('bank', 'secret')`.execute(database.db);
      await buildTenantWall(database.db);
      const { rows } = await sql`select word from latecomers`.execute(tenants.of('acme'));
      expect(rows).toEqual([]);
    } finally {
      await sql`drop table latecomers`.execute(database.db);
    }
  });
});

describe('a tenant that asks for much at once', () => {
  it('has so many connections and no more, and keeps nobody else waiting', async () => {
    const shared = openTenantDatabases(database.url, { maxConnections: 6 });
    try {
      const busy = shared.of('acme');
      let running = 0;
      let most = 0;
      const gone = new AbortController();
      const held = new Promise<void>((resolve) => gone.signal.addEventListener('abort', () => resolve()));
      const work = Array.from({ length: 12 }, () =>
        busy.connection().execute(async (connection) => {
          most = Math.max(most, (running += 1));
          await held;
          await sql`select 1`.execute(connection);
          running -= 1;
        }),
      );
      await expect.poll(() => running).toBe(2);
      const { rows } = await sql`select 1 as one`.execute(shared.of('bank'));
      expect(rows).toEqual([{ one: 1 }]);
      // The same tenant by another handle has no places of its own.
      const again = sql`select 1`.execute(shared.of('acme'));
      gone.abort();
      await Promise.all([...work, again]);
      expect(most).toBe(2);
      await expect(sql`select 1 / 0`.execute(busy)).rejects.toThrow();
      for (let turn = 0; turn < 5; turn += 1) await sql`select 1`.execute(busy);
    } finally {
      await shared.close();
    }
  });
});
