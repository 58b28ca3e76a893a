import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { inheritDirectory } from './inherited-directory.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { ServerAccount } from './server-account.ts';
import { openServerLog } from './server-log.ts';

/** Everything the server process is started with. */
export interface PostmasterLaunch {
  readonly binaries: PostgresBinaries;
  readonly account: ServerAccount;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly logPath: string;
  readonly cluster: string;
  /** Server settings that come on top of the built-in ones. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A server process just started; it does not answer yet. */
export interface LaunchedPostmaster {
  readonly pid: number;
  hasExited(): boolean;
}

/**
 * Settings of a small database that shares its machine with the program it serves. They are given on the command line at
 * each start, so that an upgrade of sluice changes them for existing data too.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  // 16 connections for each of several replicas, and some for a person with psql.
  max_connections: '100',
  shared_buffers: '32MB',
  // Files in the data directory: /dev/shm is 64 MB in many containers.
  dynamic_shared_memory_type: 'mmap',
  // Synchronous reads save three worker processes; almost everything is read from memory anyway.
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  // Nobody replicates from here: less is written, and no launcher process waits for subscriptions.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  log_checkpoints: 'off',
  // A refused statement is reported to the client that sent it; its text may hold what should not be in a log.
  log_min_error_statement: 'panic',
};

/**
 * Starts the server detached from this process, so that it survives us.
 * @throws SluiceError `unsupported` when the program cannot be executed as that user
 */
export async function launchPostmaster(launch: PostmasterLaunch): Promise<LaunchedPostmaster> {
  const log = await openServerLog(launch.logPath);
  const inherited = await inheritDirectory(launch.account, launch.dataDirectory);
  try {
    const { uid, gid, switched } = launch.account;
    const child = spawn(launch.binaries.postgres, postmasterArguments(launch, inherited.path), {
      ...(switched ? { uid, gid } : {}),
      cwd: '/',
      env: { TZ: 'UTC', LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      detached: true,
      stdio: ['ignore', log.fd, log.fd, inherited.descriptor],
    });
    await once(child, 'spawn');
    child.unref();
    return { pid: child.pid ?? 0, hasExited: () => child.exitCode !== null || child.signalCode !== null };
  } catch (cause) {
    throw notExecutable(launch, cause);
  } finally {
    await Promise.all([log.close(), inherited.close()]);
  }
}

function postmasterArguments(launch: PostmasterLaunch, dataPath: string): string[] {
  const settings = {
    ...SETTINGS,
    ...launch.settings,
    // A list: unquoted, a comma or a space in the path would end the entry.
    unix_socket_directories: `"${launch.socketDirectory.replaceAll('"', '""')}"`,
    cluster_name: launch.cluster,
  };
  return ['-D', dataPath, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function notExecutable(launch: PostmasterLaunch, cause: unknown): SluiceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SluiceError(
    'unsupported',
    `Starting the embedded database failed: ${launch.binaries.postgres} cannot be run as uid ${launch.account.uid} (${reason}). ` +
      'It needs glibc, a file system mounted with exec, and as root the right to change users; else run as a plain user or set DATABASE_URL.',
    { next: 'ask-human', cause },
  );
}
