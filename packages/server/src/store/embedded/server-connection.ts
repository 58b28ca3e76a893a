import { Client, escapeIdentifier } from 'pg';
import { SUPERUSER } from './initialize-cluster.ts';
import { SOCKET_PORT } from './socket-directory.ts';
import { errorCode } from './unless-missing.ts';

/** The database that sluice keeps its tables in. */
const DATABASE = 'sluice';
/** The database that every cluster has. */
const MAINTENANCE_DATABASE = 'postgres';
/** A server on the same machine accepts within a millisecond; one that is stopped (SIGSTOP) never does. */
const CONNECT_TIMEOUT_MS = 2_000;
const TOO_MANY_CONNECTIONS = '53300';
const DUPLICATE_DATABASE = '42P04';

/** What a server said when asked whether it answers. */
export type Answer = 'ready' | { readonly notReady: string };

/** A libpq-style URL of the server's own database, reached through its socket; `pg` and `psql` both take it. */
export function connectionStringFor(socketDirectory: string): string {
  return `postgresql://${SUPERUSER}@/${DATABASE}?host=${encodeURIComponent(socketDirectory)}`;
}

/** Asks the server whether it answers, and makes sure that it has our database. */
export async function askWhetherReady(socketDirectory: string): Promise<Answer> {
  const client = new Client({
    host: socketDirectory,
    port: SOCKET_PORT,
    user: SUPERUSER,
    database: MAINTENANCE_DATABASE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A server that stops just now ends the connection between two queries; the query then says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await ensureDatabase(client);
    return 'ready';
  } catch (thrown) {
    if (errorCode(thrown) === TOO_MANY_CONNECTIONS) return 'ready';
    return { notReady: thrown instanceof Error ? thrown.message : String(thrown) };
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function ensureDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
  if (rowCount !== 0) return;
  await client.query(`create database ${escapeIdentifier(DATABASE)}`).catch((thrown: unknown) => {
    if (errorCode(thrown) !== DUPLICATE_DATABASE) throw thrown;
  });
}
