import { type ChildProcess, spawn } from 'node:child_process';
import type { SandboxLaunch } from '@sluice/sandbox/sandbox.ts';
import { spawnSandboxed } from '@sluice/sandbox/spawn-sandboxed.ts';
import { assert } from '@sluice/core/kernel/assert.ts';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import type { Variables } from './environment.ts';
import { isRunning, readProcess } from './process-table.ts';
import { replaceShell } from './replace-shell.ts';

/** A running process of an instance, started by this host or adopted from the one before. */
export interface InstanceProcess {
  readonly pid: number;
  readonly startTicks: number;
  readonly mark: string;
  readonly port: number;
  /** ms since the epoch. */
  readonly startedAt: number;
  /** Size of the instance's log when the process was started, in bytes; null of an adopted one. */
  readonly logFrom: number | null;
  /** Resolves when the leader has ended, with how it ended in words. Never rejects. */
  readonly exited: Promise<string>;
}

/** What is started. */
export interface StartOrder {
  /** A shell command. */
  readonly command: string;
  readonly directory: string;
  readonly variables: Variables;
  /** File that takes what the process prints; the caller closes it afterwards. */
  readonly logFd: number;
  /** How the same is launched in a sandbox; null without one. */
  readonly sandboxed: SandboxLaunch | null;
}

/**
 * Starts a command as the leader of a process group of its own.
 * The log is the process's own open file and not a pipe: a pipe would break when the host dies, and the process with it.
 */
export async function startProcess(
  order: StartOrder,
): Promise<Result<{ pid: number; startTicks: number; exited: Promise<string> }>> {
  const child =
    order.sandboxed === null
      ? spawnShell(order)
      : spawnSandboxed(order.sandboxed, ['ignore', order.logFd, order.logFd]);
  if (child.pid === undefined) return refuseStart(order, await failureOf(child));
  // Read before the event loop turns: until then nobody has collected the child, so the pid cannot be another's.
  const entry = readProcess(child.pid);
  assert(entry, `the process ${child.pid} was started and cannot be seen in /proc`);
  return ok({ pid: child.pid, startTicks: entry.startTicks, exited: exitOf(child) });
}

const spawnShell = ({ command, directory, variables, logFd }: StartOrder): ChildProcess =>
  spawn('/bin/sh', ['-c', replaceShell(command)], {
    cwd: directory,
    env: variables,
    detached: true,
    stdio: ['ignore', logFd, logFd],
  });

/** Watches a process that is not a child of this one, for example one that an earlier host started. */
export async function exitOfAdopted(
  process: { pid: number; startTicks: number },
  lookEveryMs: number,
): Promise<string> {
  await new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if (isRunning(process)) return;
      clearInterval(look);
      resolve();
    }, lookEveryMs);
  });
  return ADOPTED_EXIT;
}

/** What is known of the end of a process that an earlier host started: only its parent is told the exit code. */
export const ADOPTED_EXIT = 'exit with unknown code (it was started by an earlier host process)';

const exitOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) =>
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`)),
  );

const failureOf = (child: ChildProcess): Promise<NodeJS.ErrnoException> =>
  new Promise((resolve) => child.once('error', resolve));

function refuseStart(order: StartOrder, error: NodeJS.ErrnoException): Result<never> {
  return refuse(
    'start-failed',
    `The command could not be started in ${order.directory} (${error.code ?? error.message}).`,
    'Check that the folder exists and that the machine has processes and memory left.',
  );
}
