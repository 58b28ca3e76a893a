import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import {
  DIRECTORY_IN_USE_EXIT,
  type HostAnnouncement,
  hostAnnouncementSchema,
  type ServerAnnouncement,
  serverAnnouncementSchema,
} from '@sluice/protocol/process/announcement.ts';
import {
  identifyProcess,
  isRunning,
  type ProcessIdentity,
} from '@sluice/protocol/process/process-identity.ts';
import { SERVER_NODE_OPTIONS } from '@sluice/protocol/process/node-options.ts';
import type { z } from 'zod';
import { isFull, worded } from './machine-directory.ts';
import { machineFiles, readJson } from './machine-files.ts';

/** One of the two processes of a machine, wherever it is in its life. */
export interface Daemon<Announcement extends ProcessIdentity> {
  readonly name: 'host' | 'control plane';
  readonly main: string;
  /** What Node is started with in front of it. */
  readonly nodeOptions: readonly string[];
  /** What it is told by `--directory`. */
  readonly directory: string;
  /** The file in which it says that it is up. */
  readonly file: string;
  readonly log: string;
  readonly schema: z.ZodType<Announcement>;
}

const hostMain = fileURLToPath(import.meta.resolve('@sluice/host/main.ts'));
const serverMain = fileURLToPath(import.meta.resolve('@sluice/server/main.ts'));

/** The host of a directory. */
export const hostOf = (directory: string): Daemon<HostAnnouncement> => {
  const { hostFile, hostLog, hostDirectory } = machineFiles(directory);
  return {
    ...{ name: 'host', main: hostMain, nodeOptions: [], directory: hostDirectory },
    ...{ file: hostFile, log: hostLog, schema: hostAnnouncementSchema },
  };
};

/** The control plane of a directory. */
export const serverOf = (directory: string): Daemon<ServerAnnouncement> => {
  const { serverFile, serverLog } = machineFiles(directory);
  return {
    ...{ name: 'control plane', main: serverMain, nodeOptions: SERVER_NODE_OPTIONS, directory },
    ...{ file: serverFile, log: serverLog, schema: serverAnnouncementSchema },
  };
};

/** A cold start of the database and both processes takes seconds; a busy machine takes longer. */
export const START_PATIENCE_MS = 60_000;
/** How often a process or its file is looked at. */
export const LOOK_EVERY_MS = 50;
const LAST_LINES = 5;

/** What a daemon has last said of itself, whether it runs or not; undefined when it has never come up. */
export async function lastAnnouncement<Announcement extends ProcessIdentity>(
  daemon: Daemon<Announcement>,
): Promise<Announcement | undefined> {
  const parsed = daemon.schema.safeParse(await readJson(daemon.file));
  return parsed.success ? parsed.data : undefined;
}

/** A process that was just started. */
export interface Launched {
  readonly identity: ProcessIdentity;
  readonly child: ChildProcess;
  /** Length of its log before it wrote to it. */
  readonly logBytes: number;
}

/** How to run it. */
export interface Start {
  /** Beside `--directory` and `--log-file`. */
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Starts a process that outlives this one. It keeps its log itself; what it prints besides, such as why it cannot start,
 * goes to the same file.
 */
export async function launch(
  { name, main, nodeOptions, directory, log }: Omit<Daemon<ProcessIdentity>, 'schema'>,
  { args, environment }: Start,
  started: (identity: ProcessIdentity) => void,
): Promise<Launched> {
  const logBytes = await sizeOf(log);
  const output = worded(dirname(log), () => openSync(log, 'a', 0o600));
  const node = [
    '--disable-warning=ExperimentalWarning',
    ...nodeOptions,
    main,
    '--directory',
    directory,
    ...args,
    '--log-file',
    log,
  ];
  const child = spawn(process.execPath, node, {
    detached: true,
    stdio: ['ignore', output, output],
    env: environment,
  });
  // Without a listener a start that fails would end this process.
  child.once('error', () => undefined);
  const identity = identifyProcess(child.pid ?? 0);
  if (identity) started(identity);
  closeSync(output);
  child.unref();
  if (identity) return { identity, child, logBytes };
  throw new SluiceError('unexpected', `The ${name} could not be started: no process came of it.`, {
    next: 'retry',
  });
}

/**
 * Waits until a process that was just started has said that it is up, or the one that has the directory instead of it.
 * @throws SluiceError that quotes its last words when it ended instead
 */
export async function awaitAnnouncement<Announcement extends ProcessIdentity>(
  daemon: Daemon<Announcement>,
  launched: Launched,
): Promise<Announcement> {
  const { child } = launched;
  for (let waited = 0; waited < START_PATIENCE_MS; waited += LOOK_EVERY_MS) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    const announced = await lastAnnouncement(daemon);
    if (announced && isRunning(announced)) return announced;
    if (ended && child.exitCode !== DIRECTORY_IN_USE_EXIT)
      throw await gone(daemon, 'ended at once', launched.logBytes);
    await delay(LOOK_EVERY_MS);
  }
  throw await gone(daemon, `did not come up within ${START_PATIENCE_MS / 1000} s`, launched.logBytes);
}

/** What to say of a daemon that is not there as it should be, with the end of what it logged since `logBytes`. */
export async function gone(
  { name, log }: Pick<Daemon<ProcessIdentity>, 'name' | 'log'>,
  what: string,
  logBytes = 0,
): Promise<SluiceError> {
  const bytes = await readFile(log).catch(() => Buffer.alloc(0));
  // Shorter than before: it was rotated meanwhile.
  const since = bytes.length < logBytes ? bytes : bytes.subarray(logBytes);
  const last = since.toString('utf8').trim().split('\n').slice(-LAST_LINES).join('\n');
  const words = last === '' ? silence(log) : `The end of its log (${log}):\n${last}`;
  return new SluiceError('unexpected', `The ${name} ${what}. ${words}`, { next: 'ask-human' });
}

const silence = (log: string): string =>
  isFull(dirname(log))
    ? `It could not say why: the disk of ${log} is full. Make room and try again.`
    : `It has not logged why (${log}).`;

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
