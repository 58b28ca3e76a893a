import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely';
import { Pool, type PoolClient } from 'pg';
import { COLUMN_PARSERS } from './column-parsers.ts';
import { ConnectionShare } from './connection-share.ts';
import { keptName } from './kept-statement.ts';
import { storeFailure } from './store-failure.ts';
import type { StoreSchema } from './store-schema.ts';
import { TENANT_ROLE, TENANT_SETTING } from '../tenants/tenant-role.ts';

/** The database, or a transaction in it: what every function of the store takes first. */
export type Database = Kysely<StoreSchema>;

/** How a connection pool behaves; the defaults suit one replica. */
export interface DatabaseOptions {
  /** Most connections at a time. */
  readonly maxConnections?: number;
  /** How the connections are called in `pg_stat_activity`. */
  readonly applicationName?: string;
}

/** What one user of the database has at a time unless it says something else. */
const MOST_CONNECTIONS = 10;
/** A query waits this long for a connection, whether the pool or the network is the reason. */
const CONNECT_TIMEOUT_MS = 10_000;
/** No statement of the store takes seconds; one that does waits for a lock that will not come. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** A client that stalls in a transaction would hold its locks for ever. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;

/**
 * Opens a pool of connections; the first query connects. Close it with `destroy()`. Whatever fails later is a SluiceError
 * that says whether to try again.
 * @throws SluiceError `invalid-input` when the text is not a URL of PostgreSQL
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  return databaseOver(poolNamingFailures(openPool(url, options)));
}

/** The database as tenants see it. */
export interface TenantDatabases {
  /** The rows of one tenant: statements on it neither see nor write another's (`tenants/tenant-wall.ts`). */
  of(tenant: string): Database;
  close(): Promise<void>;
}

/** Connections that one tenant leaves to the others, however much it asks for. */
const FOR_OTHERS = 4;

/**
 * As `openDatabase`, for connections that take on a tenant before they are used. All tenants share them, and each has as many
 * at a time as `openDatabase` gives, so that none keeps the others waiting.
 */
export function openTenantDatabases(url: string, options: DatabaseOptions = {}): TenantDatabases {
  const { maxConnections = MOST_CONNECTIONS + FOR_OTHERS } = options;
  const pool = openPool(url, { ...options, maxConnections });
  const shares = new Map<string, ConnectionShare>();
  const bound = new WeakMap<PostgresPoolClient, string>();
  const whole = poolNamingFailures(pool);
  const connectAs = async (tenant: string): Promise<PostgresPoolClient> => {
    const client = await whole.connect();
    if (bound.get(client) === tenant) return client;
    try {
      bound.delete(client);
      await client.query(BIND, [tenant, TENANT_ROLE]);
      bound.set(client, tenant);
      return client;
    } catch (thrown) {
      client.release(true as never);
      throw thrown;
    }
  };
  return {
    of: (tenant) => {
      const share = shares.get(tenant) ?? new ConnectionShare(Math.max(1, maxConnections - FOR_OTHERS));
      shares.set(tenant, share);
      return databaseOver({
        options: whole.options,
        end: async () => undefined,
        connect: () => connectWithin(share, () => connectAs(tenant)),
      });
    },
    close: () => pool.end(),
  };
}

async function connectWithin(
  share: ConnectionShare,
  connect: () => Promise<PostgresPoolClient>,
): Promise<PostgresPoolClient> {
  await share.enter(CONNECT_TIMEOUT_MS);
  try {
    const client = await connect();
    return {
      query: client.query,
      release: (broken) => {
        client.release(broken);
        share.leave();
      },
    };
  } catch (thrown) {
    share.leave();
    throw thrown;
  }
}

/** For the whole session: it is said anew whenever a connection goes to another tenant. */
const BIND = `select set_config('${TENANT_SETTING}', $1, false), set_config('role', $2, false)`;

const databaseOver = (pool: PostgresPool): Database =>
  new Kysely<StoreSchema>({ dialect: new PostgresDialect({ pool }) });

function openPool(url: string, options: DatabaseOptions): Pool {
  const pool = new Pool({
    connectionString: requirePostgresUrl(url),
    max: options.maxConnections ?? MOST_CONNECTIONS,
    application_name: options.applicationName ?? 'sluice',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    types: COLUMN_PARSERS,
  });
  // A connection that breaks while nobody uses it is replaced; in use, the query says so. Unheard, it would be fatal.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/**
 * Asks the database for a sign of life.
 * @throws SluiceError when it does not answer
 */
export async function pingDatabase(db: Database): Promise<void> {
  await sql`select 1`.execute(db);
}

/**
 * Passes a URL of PostgreSQL through. The message does not repeat it, as it may hold a password.
 * @throws SluiceError `invalid-input` for anything else
 */
function requirePostgresUrl(url: string): string {
  if (/^postgres(ql)?:\/\//.test(url)) return url;
  throw new SluiceError(
    'invalid-input',
    'Opening the database failed: its URL does not begin with postgresql://. ' +
      'Set DATABASE_URL to, for example, postgresql://user:password@host:5432/sluice, or leave it out for the embedded one.',
    { next: 'ask-human' },
  );
}

/** The driver asks the pool for clients and the clients for results: the two places where the world shows. */
function poolNamingFailures(pool: Pool): PostgresPool {
  const named = new WeakMap<PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect().catch((thrown: unknown) => {
        throw storeFailure(thrown, 'Connecting to the database');
      });
      const known = named.get(client) ?? clientNamingFailures(client);
      named.set(client, known);
      return known;
    },
  };
}

function clientNamingFailures(client: PoolClient): PostgresPoolClient {
  const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
    try {
      const name = keptName(text);
      return await client.query({ text, values: [...parameters], ...(name !== undefined && { name }) });
    } catch (thrown) {
      throw storeFailure(thrown, 'A statement of the store');
    }
  };
  return {
    query: query as PostgresPoolClient['query'],
    release: (broken) => client.release(broken),
  };
}
