/**
 * Purpose: where the queues that are compared keep their tasks: one embedded PostgreSQL as it ships, and two of Redis.
 *
 * Owns a temporary folder and these processes; `close` leaves nothing of them.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { openDatabase } from '@sluice/server/store/database/open-database.ts';
import { startEmbeddedPostgres } from '@sluice/server/store/embedded/start-embedded-postgres.ts';
import { sql } from 'kysely';
import { freePort, startProgram, stopProcess } from '../router/child-process.ts';
import { isInstalled } from '../router/debian-program.ts';
import type { CellFigures, CellWish } from './measure-cell.ts';
import type { QueuePlace } from './queue-under-test.ts';

/** What cells are measured in. */
export interface QueueRig {
  /** As the server says it. */
  readonly postgresVersion: string;
  /** Whether BullMQ can be measured here. */
  readonly hasRedis: boolean;
  /** Something new and empty. */
  freshPlace(): Promise<QueuePlace>;
  /** Measures in a process of its own. */
  measure(wish: CellWish): Promise<CellFigures>;
  close(): Promise<void>;
}

const REDIS = 'redis-server';
const cellMain = fileURLToPath(new URL('processes/cell.ts', import.meta.url));

/** Brings everything up. */
export async function startQueueRig(): Promise<QueueRig> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres') });
  const admin = openDatabase(postgres.connectionString, { maxConnections: 1 });
  const hasRedis = isInstalled(REDIS);
  const redis: ChildProcess[] = [];
  const startRedis = async (appendfsync: string): Promise<number> => {
    const dir = join(directory, `redis-${redis.length}`);
    await mkdir(dir);
    const port = await freePort();
    const args = { port, dir, bind: '127.0.0.1', save: '', appendonly: 'yes', appendfsync, daemonize: 'no' };
    const words = Object.entries(args).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    redis.push(await startProgram(REDIS, [...words, '--logfile', join(dir, 'log')], port));
    return port;
  };
  const { rows } = await sql<{
    version: string;
  }>`select current_setting('server_version') as version`.execute(admin);
  let places = 0;
  return {
    postgresVersion: rows[0]?.version ?? 'unknown version',
    hasRedis,
    freshPlace: async () => {
      for (const child of redis.splice(0)) await stopProcess(child);
      if (places > 0) await sql.raw(`drop database if exists queue_${places} with (force)`).execute(admin);
      places += 1;
      await sql.raw(`create database queue_${places}`).execute(admin);
      await rm(join(directory, 'redis-0'), { recursive: true, force: true });
      await rm(join(directory, 'redis-1'), { recursive: true, force: true });
      return {
        databaseUrl: postgres.connectionString.replace(/\/[^/?]*\?/, `/queue_${places}?`),
        durableRedisPort: hasRedis ? await startRedis('always') : 0,
        redisPort: hasRedis ? await startRedis('everysec') : 0,
        directory,
      };
    },
    measure: async (wish) => {
      const child = fork(cellMain, { execArgv: ['--disable-warning=ExperimentalWarning'] });
      child.send(wish);
      const failed = once(child, 'exit').then(([code, signal]) => {
        throw new SluiceError('unexpected', `${wish.contender} ended without figures (${signal ?? code})`, {
          next: 'stop',
        });
      });
      const [figures] = (await Promise.race([once(child, 'message'), failed])) as [CellFigures];
      failed.catch(() => undefined);
      return figures;
    },
    close: async () => {
      for (const child of redis) await stopProcess(child);
      await admin.destroy();
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
