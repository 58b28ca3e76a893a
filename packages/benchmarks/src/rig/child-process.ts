import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** A process that the benchmark started. */
export interface OwnProcess {
  readonly pid: number;
  isRunning(): boolean;
  /** Asks it to end and waits; kills it when it takes too long. */
  stop(): Promise<void>;
}

/** In order it ends within a second. */
const STOP_PATIENCE_MS = 20_000;
const FILE_PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** Runs this Node with its options, a module and the arguments of that; what it prints goes to a file. */
export function startNode(args: readonly string[], logPath: string): OwnProcess {
  const log = openSync(logPath, 'a');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    isRunning,
    stop: async () => {
      if (!isRunning()) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const killing = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
      await exited;
      clearTimeout(killing);
    },
  };
}

/**
 * Waits for the file in which a process says that it is ready.
 * @throws SluiceError when the process ends before, with the end of its log, or takes a minute
 */
export async function announced(path: string, process: OwnProcess, logPath: string): Promise<unknown> {
  for (let waited = 0; waited < FILE_PATIENCE_MS; waited += LOOK_EVERY_MS) {
    const said = jsonOf(await readFile(path, 'utf8').catch(() => ''));
    if (said !== undefined) return said;
    if (!process.isRunning()) break;
    await delay(LOOK_EVERY_MS); // Polls for a file of another process.
  }
  const log = await readFile(logPath, 'utf8').catch(() => '');
  throw new SluiceError('unexpected', `a process of the benchmark did not come up: ${log.slice(-2000)}`, {
    next: 'stop',
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
