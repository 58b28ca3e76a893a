import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { unlessMissing } from './unless-missing.ts';

/** A server process that is alive over a data directory; it may still be starting or already stopping. */
export interface Postmaster {
  readonly pid: number;
  readonly socketDirectory: string;
}

/**
 * The name that every process of the server over this data directory carries on its command line or in its title. It is
 * made of the directory's device and inode, so that a moved directory keeps it and a copied one does not have it.
 */
export async function clusterName(dataDirectory: string): Promise<string> {
  const { dev, ino } = await stat(dataDirectory, { bigint: true });
  return `sluice-${dev}-${ino}`;
}

/** What `postmaster.pid` says, or undefined when there is none; true or not, see {@link livePostmaster}. */
export async function readPostmasterFile(dataDirectory: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(unlessMissing);
  const [pidText = '', , , , socketDirectory = ''] = (text ?? '').split('\n');
  const pid = Number.parseInt(pidText, 10);
  return pid > 0 ? { pid, socketDirectory } : undefined;
}

/**
 * The live server over the data directory according to `postmaster.pid`, or undefined. The file alone proves nothing: its
 * pid may be a zombie, belong to another program after a restart of the machine, or have been copied with the directory.
 * @throws SluiceError `conflict` when a PostgreSQL that this launcher did not start holds the data
 */
export async function livePostmaster(dataDirectory: string): Promise<Postmaster | undefined> {
  const file = await readPostmasterFile(dataDirectory);
  if (file === undefined) return undefined;
  const commandLine = await readCommandLine(file.pid);
  if (isPostmasterOf(commandLine, await clusterName(dataDirectory))) return file;
  if (isForeignPostmaster(commandLine)) throw heldByForeignServer(dataDirectory, file.pid);
  return undefined;
}

/** Whether the process is alive and still the postmaster of that cluster; false for a zombie. */
export async function isPostmasterAlive(pid: number, cluster: string): Promise<boolean> {
  return isPostmasterOf(await readCommandLine(pid), cluster);
}

/** Pids of server processes that outlived their postmaster: a busy query notices its death only at the end. */
export async function leftoverProcesses(cluster: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const lines = await Promise.all(pids.map(readCommandLine));
  return pids.filter((_, index) => lines[index]?.startsWith(`postgres: ${cluster}: `));
}

/** The arguments, each followed by a space; empty for a process that has gone, for a zombie and for one we may not see. */
async function readCommandLine(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ');
}

function isPostmasterOf(commandLine: string, cluster: string): boolean {
  return commandLine.includes(` cluster_name=${cluster} `);
}

function isForeignPostmaster(commandLine: string): boolean {
  const [program = ''] = commandLine.split(' ');
  return /(^|\/)(postgres|postmaster)$/.test(program) && !commandLine.includes('cluster_name=sluice-');
}

function heldByForeignServer(dataDirectory: string, pid: number): SluiceError {
  return new SluiceError(
    'conflict',
    `Starting the embedded database failed: process ${pid}, a PostgreSQL that sluice did not start, seems to use ` +
      `${dataDirectory}. Stop it (kill -INT ${pid}), or remove postmaster.pid there if it serves something else.`,
    { next: 'ask-human' },
  );
}
