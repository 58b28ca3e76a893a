import { type ChildProcess, spawn } from 'node:child_process';
import { lchown, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { inheritDirectory } from './inherited-directory.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { cannotChangeUser, requireUserName, type ServerAccount } from './server-account.ts';
import { errorCode, unlessMissing } from './unless-missing.ts';

/** What is needed to create a cluster. */
export interface NewCluster {
  /** The embedded database's own folder; the data go into its `data`. */
  readonly directory: string;
  readonly binaries: PostgresBinaries;
  readonly account: ServerAccount;
  /** False leaves the new files to the page cache; for tests only. */
  readonly durable: boolean;
  readonly signal: AbortSignal | undefined;
}

/** The only role. It needs no password: nobody but the server's user and root can reach the socket. */
export const SUPERUSER = 'sluice';

const UNFINISHED = 'initializing-';

/**
 * Creates the data directory unless it is there. The work is done under another name and renamed at the end, so that a
 * crash at any moment leaves either no cluster or a whole one.
 * @throws SluiceError `unsupported` for data of another major version, `exhausted` for a full disk, else `unexpected`
 */
export async function ensureCluster(cluster: NewCluster): Promise<void> {
  const dataDirectory = join(cluster.directory, 'data');
  const version = await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8').catch(unlessMissing);
  if (version === undefined) return createCluster(cluster, dataDirectory);
  if (Number.parseInt(version, 10) !== cluster.binaries.majorVersion) {
    throw writtenByAnotherVersion(dataDirectory, version.trim(), cluster.binaries.majorVersion);
  }
}

async function createCluster(cluster: NewCluster, dataDirectory: string): Promise<void> {
  requireUserName(cluster.account);
  await removeUnfinished(cluster.directory);
  const unfinished = await mkdtemp(join(cluster.directory, UNFINISHED));
  try {
    await giveAway(unfinished, cluster.account);
    await runInitdb(cluster, unfinished);
    await rename(unfinished, dataDirectory);
  } catch (thrown) {
    await rm(unfinished, { recursive: true, force: true });
    throw thrown;
  }
  await flushDirectory(cluster.directory);
}

async function giveAway(path: string, { uid, gid, switched }: ServerAccount): Promise<void> {
  try {
    if (switched) await lchown(path, uid, gid);
  } catch (cause) {
    // A user namespace has capabilities, but may not know the other user.
    throw cannotChangeUser(
      `giving a folder to uid ${uid} failed: ${errorCode(cause) ?? String(cause)}`,
      cause,
    );
  }
}

/** What a killed launcher left; its initdb may still be writing, then the next start removes the rest. */
async function removeUnfinished(directory: string): Promise<void> {
  const unfinished = (await readdir(directory)).filter((name) => name.startsWith(UNFINISHED));
  await Promise.allSettled(unfinished.map((name) => rm(join(directory, name), { recursive: true })));
}

async function runInitdb(cluster: NewCluster, into: string): Promise<void> {
  const inherited = await inheritDirectory(cluster.account, into);
  try {
    const { uid, gid, switched } = cluster.account;
    const child = spawn(cluster.binaries.initdb, initdbArguments(inherited.path, cluster.durable), {
      ...(switched ? { uid, gid } : {}),
      ...(cluster.signal === undefined ? {} : { signal: cluster.signal }),
      cwd: '/',
      env: { TZ: 'UTC', LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe', inherited.descriptor],
    });
    const { status, output } = await outcomeOf(child);
    cluster.signal?.throwIfAborted();
    if (status !== 0) throw initdbFailed(cluster.directory, status, output);
  } finally {
    await inherited.close();
  }
}

/** The locale comes from PostgreSQL itself, as an index must not change its order with the machine's C library. */
function initdbArguments(dataPath: string, durable: boolean): string[] {
  return [
    `--pgdata=${dataPath}`,
    `--username=${SUPERUSER}`,
    '--auth-local=trust',
    '--auth-host=reject',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
}

function outcomeOf(child: ChildProcess): Promise<{ status: number | string; output: string }> {
  return new Promise((resolve) => {
    let output = '';
    child.stdout?.resume();
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-2_000);
    });
    child.once('error', (thrown) => resolve({ status: 'not started', output: thrown.message }));
    child.once('close', (code, signal) =>
      resolve({ status: code ?? signal ?? 'ended', output: output.trim() }),
    );
  });
}

async function flushDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function initdbFailed(directory: string, status: number | string, output: string): SluiceError {
  const isFull = output.includes('No space left on device');
  const remedy = isFull
    ? 'Free some disk space (about 50 MB are needed) and try again.'
    : 'Check that the folder is on a local disk that its owner can write, or set DATABASE_URL to a PostgreSQL server.';
  return new SluiceError(
    isFull ? 'exhausted' : 'unexpected',
    `Creating the embedded database in ${directory} failed (initdb: ${status}): ${output || 'no message'}\n${remedy}`,
    { next: 'ask-human' },
  );
}

function writtenByAnotherVersion(dataDirectory: string, found: string, expected: number): SluiceError {
  return new SluiceError(
    'unsupported',
    `Starting the embedded database failed: ${dataDirectory} was written by PostgreSQL ${found}, and this is version ${expected}. ` +
      'Dump it with the version that wrote it (pg_dump) and load the dump into a new directory.',
    { next: 'ask-human' },
  );
}
