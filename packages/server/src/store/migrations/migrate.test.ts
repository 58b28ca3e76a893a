import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { expect, it } from 'vitest';
import { openDatabase } from '../database/open-database.ts';
import { dumpSchema } from '../testing/dump-schema.ts';
import { emptyTestDatabase, testDatabase } from '../testing/test-database.ts';
import { migrate, MIGRATIONS } from './migrate.ts';

const addColour: Migration = {
  up: (db) => sql`alter table tracks add column colour text`.execute(db).then(() => undefined),
};
/** Under these names the build's own migrations have been run. */
const known = Object.fromEntries(Object.keys(MIGRATIONS).map((name) => [name, addColour]));
const fails: Migration = {
  up: (db) => sql`create table half (a int); select no_such_function()`.execute(db).then(() => undefined),
};

it('leaves the schema that is written in schema.golden.sql', async () => {
  await using database = await testDatabase();
  await expect(await dumpSchema(database.db)).toMatchFileSnapshot('./schema.golden.sql');
});

it('brings an empty database to the latest schema, and then finds nothing to do', async () => {
  await using database = await emptyTestDatabase();
  expect(await migrate(database.db)).toEqual(Object.keys(known));
  expect(await migrate(database.db)).toEqual([]);
});

it('is done once when four replicas start at the same time', async () => {
  await using database = await emptyTestDatabase();
  const replicas = [1, 2, 3, 4].map(() => openDatabase(database.url));
  const done = await Promise.all(replicas.map((db) => migrate(db)));
  await Promise.all(replicas.map((db) => db.destroy()));
  expect(done.filter((names) => names.length > 0)).toHaveLength(1);
});

it('leaves nothing of a migration that fails, and works once it is mended', async () => {
  await using database = await emptyTestDatabase();
  await migrate(database.db);
  const broken = migrate(database.db, { ...known, '9000-colour': addColour, '9001-broken': fails });
  await expect(broken).rejects.toMatchObject({ name: 'SluiceError', code: 'unexpected' });
  expect(await dumpSchema(database.db)).not.toMatch(/colour|half/);
  expect(await migrate(database.db, { ...known, '9000-colour': addColour })).toEqual(['9000-colour']);
  expect(await dumpSchema(database.db)).toContain('colour text');
});

it('refuses a database that a newer build has migrated', async () => {
  await using database = await emptyTestDatabase();
  await migrate(database.db);
  await migrate(database.db, { ...known, '9000-colour': addColour });
  await expect(migrate(database.db)).rejects.toMatchObject({
    code: 'unsupported',
    next: 'ask-human',
    message: expect.stringContaining('a newer build of sluice has migrated it (9000-colour)'),
  });
});

it('brings what a component was started with into its workload', async () => {
  await using database = await emptyTestDatabase();
  const { '0001-first-tables': first = addColour } = MIGRATIONS;
  await migrate(database.db, { '0001-first-tables': first });
  const spec = { directory: '/bundles/aa', component: { name: 'web', run: 'serve', source: '/srv' } };
  await sql`insert into tracks (tenant, id, application, environment, component, state, version)
    values ('default', 't', 'a', 'e', 'web', '{}', 1)`.execute(database.db);
  await sql`insert into revisions (tenant, id, track_id, version_label, spec, created_at)
    values ('default', 'r', 't', 'v1', ${JSON.stringify(spec)}, now())`.execute(database.db);
  await migrate(database.db);
  const { rows } = await sql`select spec from revisions`.execute(database.db);
  const workload = { on: 'machine', run: 'serve', source: '/srv' };
  expect(rows).toEqual([{ spec: { directory: '/bundles/aa', component: { name: 'web', workload } } }]);
});

it('gives the connection back as it was', async () => {
  await using database = await emptyTestDatabase({ maxConnections: 1 });
  await migrate(database.db);
  const { rows } = await sql`select current_setting('statement_timeout') as timeout,
    (select count(*) from pg_locks where locktype = 'advisory'
      and database = (select oid from pg_database where datname = current_database())) as locks`.execute(
    database.db,
  );
  expect(rows).toEqual([{ timeout: '30s', locks: 0 }]);
});
