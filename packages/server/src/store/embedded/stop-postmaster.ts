import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { isPostmasterAlive } from './postmaster.ts';
import { errorCode } from './unless-missing.ts';

/** A fast shutdown ends every session and writes a checkpoint: seconds on a slow disk. */
const FAST_SHUTDOWN_TIMEOUT_MS = 30_000;
/** An immediate shutdown writes nothing; the next start recovers. */
const IMMEDIATE_SHUTDOWN_TIMEOUT_MS = 5_000;
const POLL_MS = 10;

/**
 * Ends the server: sessions are cut, committed work is on disk. Does nothing when it has gone already.
 * @throws SluiceError `timed-out` when it lives on, `unsupported` when it belongs to another user
 */
export async function stopPostmaster(pid: number, cluster: string): Promise<void> {
  if (await endsAfter('SIGINT', FAST_SHUTDOWN_TIMEOUT_MS, pid, cluster)) return;
  if (await endsAfter('SIGQUIT', IMMEDIATE_SHUTDOWN_TIMEOUT_MS, pid, cluster)) return;
  throw new SluiceError(
    'timed-out',
    `Stopping the embedded database failed: process ${pid} did not end within ${FAST_SHUTDOWN_TIMEOUT_MS / 1000} s. ` +
      `Look at its log; kill -9 ${pid} is safe, the next start recovers.`,
    { next: 'ask-human' },
  );
}

async function endsAfter(
  signal: NodeJS.Signals,
  timeoutMs: number,
  pid: number,
  cluster: string,
): Promise<boolean> {
  if (!(await isPostmasterAlive(pid, cluster))) return true;
  sendSignal(pid, signal);
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += POLL_MS) {
    await delay(POLL_MS);
    if (!(await isPostmasterAlive(pid, cluster))) return true;
  }
  return false;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    if (errorCode(cause) === 'ESRCH') return;
    throw new SluiceError(
      'unsupported',
      `Stopping the embedded database failed: process ${pid} belongs to another user. Stop it as that user or as root.`,
      { next: 'ask-human', cause },
    );
  }
}
