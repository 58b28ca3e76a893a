/**
 * Purpose: the real server as its own process over a real embedded PostgreSQL, with a simulated host.
 *
 * Owns a temporary folder and three kinds of process; `close` leaves nothing of them.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVER_NODE_OPTIONS } from '@sluice/protocol/process/node-options.ts';
import { type Database, openDatabase } from '@sluice/server/store/database/open-database.ts';
import { startEmbeddedPostgres } from '@sluice/server/store/embedded/start-embedded-postgres.ts';
import { migrate } from '@sluice/server/store/migrations/migrate.ts';
import { z } from 'zod';
import { announced, type OwnProcess, startNode } from './child-process.ts';

const serverMain = fileURLToPath(import.meta.resolve('@sluice/server/main.ts'));
const hostMain = fileURLToPath(new URL('simulated-host.ts', import.meta.url));
const announcement = z.object({ apiPort: z.int() });

/** A server that runs, with a host of its own. */
export interface RunningServer {
  readonly pid: number;
  readonly hostPid: number;
  readonly apiPort: number;
  stop(): Promise<void>;
}

/** What servers are started in, one at a time or several. */
export interface ServerRig {
  readonly directory: string;
  readonly db: Database;
  readonly postgresPid: number;
  /**
   * Starts a host, which has counted nothing yet, and a server that looks at each release under way once per `paceMs`;
   * one at a time.
   */
  startServer(paceMs: number): Promise<RunningServer>;
  close(): Promise<void>;
}

/** Brings up the database; the store is empty. */
export async function startServerRig(): Promise<ServerRig> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres') });
  const db = openDatabase(postgres.connectionString);
  await migrate(db);
  const started: OwnProcess[] = [];
  return {
    directory,
    db,
    postgresPid: postgres.pid,
    startServer: async (paceMs) => {
      const host = await startHost(directory);
      started.unshift(host);
      const { own, apiPort } = await startServer(directory, paceMs);
      started.unshift(own);
      const stop = async (): Promise<void> => {
        await own.stop();
        await host.stop();
      };
      return { pid: own.pid, hostPid: host.pid, apiPort, stop };
    },
    close: async () => {
      for (const process of started) await process.stop();
      await db.destroy();
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function startHost(directory: string): Promise<OwnProcess> {
  const folder = join(directory, 'host');
  await mkdir(folder, { recursive: true });
  for (const name of ['host.json', 'host.sock']) await rm(join(folder, name), { force: true });
  const log = join(directory, 'host.log');
  const host = startNode([hostMain, folder], log);
  await announced(join(folder, 'host.json'), host, log);
  return host;
}

async function startServer(
  directory: string,
  paceMs: number,
): Promise<{ readonly own: OwnProcess; readonly apiPort: number }> {
  const file = join(directory, 'server.json');
  await rm(file, { force: true });
  const log = join(directory, 'server.log');
  const args = ['--directory', directory, '--api-port', '0', '--look-every', `${paceMs}`];
  const own = startNode([...SERVER_NODE_OPTIONS, serverMain, ...args], log);
  const { apiPort } = announcement.parse(await announced(file, own, log));
  return { own, apiPort };
}
