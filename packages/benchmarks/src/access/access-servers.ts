/**
 * Purpose: two real servers over one embedded PostgreSQL, of which one limits its callers and the other does not, and callers
 * who are known to both.
 *
 * Owns a temporary folder, the database and both processes; `close` leaves nothing of them.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVER_NODE_OPTIONS } from '@sluice/protocol/process/node-options.ts';
import { mintToken } from '@sluice/server/access/bearer-token.ts';
import { addToken, type RoleAt } from '@sluice/server/store/access/tokens.ts';
import { type Database, openDatabase } from '@sluice/server/store/database/open-database.ts';
import { startEmbeddedPostgres } from '@sluice/server/store/embedded/start-embedded-postgres.ts';
import { migrate } from '@sluice/server/store/migrations/migrate.ts';
import { z } from 'zod';
import { announced, type OwnProcess, startNode } from '../rig/child-process.ts';

const serverMain = fileURLToPath(import.meta.resolve('@sluice/server/main.ts'));
const announcement = z.object({ apiPort: z.int() });

/** What whoever shows nothing may do: what is measured. */
const ANONYMOUS = 'delivery:read';

/** A server that answers. */
export interface RunningAccessServer {
  readonly port: number;
  readonly pid: number;
}

/** Two servers, by whether they limit. */
export interface AccessServers {
  readonly db: Database;
  readonly limited: RunningAccessServer;
  readonly free: RunningAccessServer;
  /** Makes a token with roles; gives what lets in. */
  token(name: string, roles: readonly RoleAt[]): Promise<string>;
  close(): Promise<void>;
}

/** Starts the database and both servers; nothing is left when one of them does not come up. */
export async function startAccessServers(): Promise<AccessServers> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-access-'));
  const postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres') });
  const db = openDatabase(postgres.connectionString);
  const started: OwnProcess[] = [];
  const close = async (): Promise<void> => {
    for (const process of started) await process.stop();
    await db.destroy();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const start = async (name: string, ...more: readonly string[]): Promise<RunningAccessServer> => {
    const own = join(directory, name);
    await mkdir(own);
    const args = ['--directory', own, '--api-port', '0', '--host-directory', 'none', '--look-every', '10000'];
    const shared = ['--database-url', postgres.connectionString, '--anonymous', ANONYMOUS];
    const process = startNode(
      [...SERVER_NODE_OPTIONS, serverMain, ...args, ...shared, ...more],
      join(directory, `${name}.log`),
    );
    started.unshift(process);
    const said = await announced(join(own, 'server.json'), process, join(directory, `${name}.log`));
    return { port: announcement.parse(said).apiPort, pid: process.pid };
  };
  try {
    await migrate(db);
    return {
      db,
      limited: await start('limited'),
      free: await start('free', '--rate-limit', 'none', '--in-flight', 'none'),
      token: (name, roles) => tokenIn(db, name, roles),
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function tokenIn(db: Database, name: string, roles: readonly RoleAt[]): Promise<string> {
  const { id, text, digest } = mintToken();
  const entry = { at: Date.now(), actor: 'benchmark', action: 'tokenCreated', subject: name, detail: {} };
  await addToken(db, 'default', { id, name, digest, roles, createdBy: 'benchmark', expiresAt: null }, entry);
  return text;
}
