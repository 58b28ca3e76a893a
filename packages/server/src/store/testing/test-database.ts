/**
 * Databases for tests: each test gets its own, cloned in milliseconds from one that was migrated once. All share one
 * embedded server per run of the tests, started by the first that asks and stopped by global-setup.ts at the end, or the server that
 * `SLUICE_TEST_DATABASE_URL` names, whose user may make databases and whose template global-setup.ts drops.
 */
import { randomUUID } from 'node:crypto';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { Client, escapeIdentifier } from 'pg';
import { type Database, type DatabaseOptions, openDatabase } from '../database/open-database.ts';
import { startEmbeddedPostgres } from '../embedded/start-embedded-postgres.ts';
import { migrate } from '../migrations/migrate.ts';
import { testServerDirectory } from './test-server-directory.ts';

/** A database of one's own. */
export interface TestDatabase {
  readonly db: Database;
  /** For further connections, and for `listen`. */
  readonly url: string;
  /** Closes `db` and drops the database, whoever else is connected. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Any number; only tests of one run share the server. */
const TEMPLATE_LOCK = 20_261_121;
/** Nothing here has to survive a power cut. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };

/** A new database with the whole schema and nothing in it. Close it, for example in `afterEach`. */
export async function testDatabase(options: DatabaseOptions = {}): Promise<TestDatabase> {
  return newDatabase(templateName(), options);
}

/** A new database without any schema. */
export async function emptyTestDatabase(options: DatabaseOptions = {}): Promise<TestDatabase> {
  return newDatabase('template0', options);
}

async function newDatabase(template: string, options: DatabaseOptions): Promise<TestDatabase> {
  const server = await testServer();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(server, (client) => createFrom(client, template, name));
  const url = databaseUrl(server, name);
  const db = openDatabase(url, options);
  const close = async () => {
    await db.destroy();
    await administer(server, (client) =>
      client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`),
    );
  };
  return { db, url, close, [Symbol.asyncDispose]: close };
}

/** Of a server that outlives the run no template of an older schema may be taken. */
function templateName(): string {
  const run = /-(\d+)-/.exec(testServerDirectory() ?? '')?.[1] ?? '';
  return `sluice_template_${run}`;
}

/** The server that the tests are to use instead of an embedded one; undefined for that. */
export function namedTestServer(): string | undefined {
  const url = process.env['SLUICE_TEST_DATABASE_URL'];
  return url === '' ? undefined : url;
}

/** Drops what outlives a run on a server that was named. */
export async function dropTemplate(server: string): Promise<void> {
  await administer(server, (client) => client.query(`drop database if exists ${templateName()}`));
}

let starting: Promise<string> | undefined;

/** The URL of the shared server, with the template in place; one start per process. */
function testServer(): Promise<string> {
  starting ??= startServer();
  return starting;
}

async function startServer(): Promise<string> {
  const directory = testServerDirectory();
  if (directory === undefined) throw notSetUp();
  const named = namedTestServer();
  const url = named ?? (await startEmbeddedPostgres({ directory, settings: SETTINGS })).connectionString;
  await administer(url, (client) => ensureTemplate(client, url));
  return url;
}

/** Made under another name first: a template that exists is whole. */
async function ensureTemplate(client: Client, server: string): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  const { rowCount } = await client.query('select from pg_database where datname = $1', [templateName()]);
  if (rowCount !== 0) return;
  const unfinished = `${templateName()}_unfinished`;
  await client.query(`drop database if exists ${unfinished} with (force)`);
  await createFrom(client, 'template0', unfinished);
  await migrateOnce(databaseUrl(server, unfinished));
  await client.query(`alter database ${unfinished} rename to ${templateName()}`);
}

async function migrateOnce(url: string): Promise<void> {
  const db = openDatabase(url);
  try {
    await migrate(db);
  } finally {
    await db.destroy();
  }
}

/** Copying files is quicker than logging the copy, as long as nothing has to survive. */
async function createFrom(client: Client, template: string, name: string): Promise<void> {
  await client.query(
    `create database ${escapeIdentifier(name)} template ${escapeIdentifier(template)} strategy file_copy`,
  );
}

async function administer<Value>(server: string, work: (client: Client) => Promise<Value>): Promise<Value> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function databaseUrl(server: string, name: string): string {
  return server.replace(/(\/\/[^/]*)\/[^?]*/, `$1/${name}`);
}

function notSetUp(): SluiceError {
  return new SluiceError(
    'unsupported',
    'Making a test database failed: packages/server/src/store/testing/global-setup.ts has not run. ' +
      'Add it to globalSetup in vitest.config.ts, or pass --globalSetup.',
    { next: 'stop' },
  );
}
