/**
 * The managed embedded PostgreSQL: the default store of an installation without DATABASE_URL.
 *
 * Owns one folder: `data` (the cluster), `socket` (unless its path is too long), `postgresql.log`, and a copy of the
 * programs where the installed ones cannot be used.
 *
 * 1. The server listens on a unix socket only; only its own user and root can reach it.
 * 2. At most one server runs over a folder, whoever starts it and however often.
 * 3. The server outlives the process that started it. Ending it is explicit.
 * 4. A kill at any moment, of anything, leaves a folder that the next start can use; acknowledged work is in it.
 */
import { mkdir, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { awaitReady } from './await-ready.ts';
import { clearTheWay } from './clear-the-way.ts';
import { directoryFailure } from './directory-failure.ts';
import { ensureCluster } from './initialize-cluster.ts';
import { withLaunchLock } from './launch-lock.ts';
import { type LaunchedPostmaster, launchPostmaster, type PostmasterLaunch } from './launch-postmaster.ts';
import { findPlatformPackage, type PlatformPackage } from './platform-package.ts';
import { preparePostgresBinaries } from './postgres-binaries.ts';
import { clusterName, isPostmasterAlive, livePostmaster, type Postmaster } from './postmaster.ts';
import { chooseServerAccount } from './server-account.ts';
import { connectionStringFor } from './server-connection.ts';
import { boundServerLog, logBytes, logSince } from './server-log.ts';
import { makeSocketDirectory, removeSocketDirectory } from './socket-directory.ts';
import { stopPostmaster } from './stop-postmaster.ts';
import { unlessMissing } from './unless-missing.ts';

/** A running server. */
export interface EmbeddedPostgres {
  /** A URL of the database, through the unix socket; `pg` and `psql` take it. */
  readonly connectionString: string;
  readonly socketDirectory: string;
  /** True when the server was running before. */
  readonly adopted: boolean;
  readonly pid: number;
  /** Ends the server for everybody who uses it, in a fast and clean way; does nothing when it has gone. */
  stop(): Promise<void>;
}

/** What to start, and where. */
export interface EmbeddedPostgresOptions {
  /** The folder that the server owns; made when absent. */
  readonly directory: string;
  /** Aborts the start, with an AbortError; not the server. */
  readonly signal?: AbortSignal | undefined;
  /** PostgreSQL settings on top of the built-in ones, for a launch (not an adoption); `fsync: 'off'` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The installed programs; found by themselves by default. */
  readonly installed?: PlatformPackage;
}

/** A server that ended before it answered; what it logged. */
interface EndedAtOnce {
  readonly reason: string;
  readonly logPath: string;
}

/** Remains of a killed server may hold its shared memory for a moment after the last look at them. */
const LAUNCH_ATTEMPTS = 10;
const LAUNCH_AGAIN_AFTER_MS = 500;

/**
 * Starts the server over a folder, or adopts the one that runs there; creates what is missing.
 * @throws SluiceError that says what was tried, what is wrong and what to do; AbortError when `signal` aborts
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const directory = await makeDirectory(options.directory);
  return withLaunchLock(await lockName(directory), options.signal, () =>
    adoptOrLaunch({ ...options, directory }),
  );
}

/** Finds the server that runs over a folder and answers, without starting one; undefined when there is none. */
export async function findEmbeddedPostgres(options: {
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<EmbeddedPostgres | undefined> {
  const directory = await realpath(options.directory).catch(unlessMissing);
  if (directory === undefined) return undefined;
  const adopt = () => adoptRunning(directory, options.signal);
  return withLaunchLock(await lockName(directory), options.signal, adopt);
}

async function makeDirectory(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true });
    return await realpath(directory);
  } catch (thrown) {
    throw directoryFailure(directory, thrown);
  }
}

async function lockName(directory: string): Promise<string> {
  const { dev, ino } = await stat(directory, { bigint: true });
  return `${dev}-${ino}`;
}

async function adoptOrLaunch(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { directory, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    const running = await adoptRunning(directory, signal);
    if (running !== undefined) return running;
    const outcome = await launch(options).catch((thrown: unknown) => {
      throw directoryFailure(directory, thrown);
    });
    if ('pid' in outcome) return outcome;
    if (!isHeldByRemains(outcome.reason) || attempt === LAUNCH_ATTEMPTS)
      throw endedAtOnce(directory, outcome);
    await delay(LAUNCH_AGAIN_AFTER_MS, undefined, { signal });
  }
}

async function adoptRunning(
  directory: string,
  signal: AbortSignal | undefined,
): Promise<EmbeddedPostgres | undefined> {
  const dataDirectory = join(directory, 'data');
  const account = await stat(dataDirectory).catch(unlessMissing);
  if (account === undefined) return undefined;
  await chooseServerAccount(dataDirectory);
  const postmaster = await livePostmaster(dataDirectory);
  if (postmaster === undefined) return undefined;
  const cluster = await clusterName(dataDirectory);
  const isAlive = () => isPostmasterAlive(postmaster.pid, cluster);
  if (!(await awaitReady(postmaster, isAlive, signal))) return undefined;
  return handleOf(directory, postmaster, { cluster, adopted: true });
}

async function launch(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres | EndedAtOnce> {
  const launch = await prepareLaunch(options);
  await clearTheWay(launch.cluster, launch.dataDirectory, launch.socketDirectory);
  const loggedBytes = await logBytes(launch.logPath);
  const launched = await launchPostmaster(launch);
  const postmaster = { pid: launched.pid, socketDirectory: launch.socketDirectory };
  if (await readyOrStopped(launched, postmaster, launch.cluster, options.signal)) {
    return handleOf(options.directory, postmaster, { cluster: launch.cluster, adopted: false });
  }
  await removeSocketDirectory(launch.socketDirectory, options.directory);
  return { reason: await logSince(launch.logPath, loggedBytes), logPath: launch.logPath };
}

async function prepareLaunch(options: EmbeddedPostgresOptions): Promise<PostmasterLaunch> {
  const { directory, signal, settings = {} } = options;
  const dataDirectory = join(directory, 'data');
  const account = await chooseServerAccount(dataDirectory);
  const installed = options.installed ?? (await findPlatformPackage());
  const copyParents = [join(directory, 'programs'), '/var/lib/sluice', join(tmpdir(), 'sluice-programs')];
  const binaries = await preparePostgresBinaries(installed, account, copyParents);
  await ensureCluster({ directory, binaries, account, durable: settings.fsync !== 'off', signal });
  const temporaryDirectories = [tmpdir(), '/tmp', '/var/tmp'];
  const socketDirectory = await makeSocketDirectory({ directory, temporaryDirectories, account });
  const cluster = await clusterName(dataDirectory);
  const logPath = logPathOf(directory);
  return { binaries, account, dataDirectory, socketDirectory, logPath, cluster, settings };
}

/** A start that is given up must not leave a server behind that nobody has a handle of. */
async function readyOrStopped(
  launched: LaunchedPostmaster,
  postmaster: Postmaster,
  cluster: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    return await awaitReady(postmaster, async () => !launched.hasExited(), signal);
  } catch (thrown) {
    await stopPostmaster(postmaster.pid, cluster);
    throw thrown;
  }
}

function handleOf(
  directory: string,
  postmaster: Postmaster,
  found: { cluster: string; adopted: boolean },
): EmbeddedPostgres {
  const { pid, socketDirectory } = postmaster;
  const stopBounding = boundServerLog(logPathOf(directory));
  const stop = async () => {
    stopBounding();
    await stopPostmaster(pid, found.cluster);
    await removeSocketDirectory(socketDirectory, directory);
  };
  const connectionString = connectionStringFor(socketDirectory);
  return { connectionString, socketDirectory, adopted: found.adopted, pid, stop };
}

function logPathOf(directory: string): string {
  return join(directory, 'postgresql.log');
}

/** As PostgreSQL words it, both for a process that lives on and for a lock file with a pid that exists. */
function isHeldByRemains(log: string): boolean {
  return /pre-existing shared memory block|lock file ".*" already exists/.test(log);
}

function endedAtOnce(directory: string, { reason, logPath }: EndedAtOnce): SluiceError {
  const isFull = reason.includes('No space left on device');
  const remedy = isFull ? 'Free some disk space and try again.' : `The whole log is in ${logPath}.`;
  return new SluiceError(
    isFull ? 'exhausted' : 'unexpected',
    `Starting the embedded database in ${directory} failed: ${reason || 'it ended without a word'}\n${remedy}`,
    { next: 'ask-human' },
  );
}
