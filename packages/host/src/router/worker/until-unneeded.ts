import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { RouterLimits } from '../limits.ts';

/** What an orphaned worker looks at. */
export interface OrphanView {
  /** Where the instances listen that it knows. */
  ports(): readonly number[];
  /** Whether another host process has workers of its own that serve. */
  isSucceeded(): Promise<boolean>;
  readonly limits: Pick<RouterLimits, 'orphanMs' | 'connectTimeoutMs'>;
}

/** How often an orphan looks whether it is still needed, in ms. */
const LOOK_EVERY_MS = 1_000;

/**
 * Resolves when an orphan is needed no more: another host process serves, or every instance has refused connections
 * for `orphanMs`, or there was none for so long. Time alone ends nothing, so it is counted in looks: a process that was
 * stopped or starved has not looked. Only a refusal, which comes from the kernel, says that nobody is there; an instance
 * that is merely slow is.
 */
export async function untilUnneeded({ ports, isSucceeded, limits }: OrphanView): Promise<void> {
  const { orphanMs, connectTimeoutMs } = limits;
  const everyMs = Math.min(LOOK_EVERY_MS, orphanMs);
  for (let emptyMs = 0; emptyMs < orphanMs; ) {
    await wait(everyMs);
    // As a rule it has been told to stop by then; but a host process that was killed early may not have known of it.
    if (await isSucceeded()) return;
    emptyMs = (await isAnyThere(ports(), connectTimeoutMs)) ? 0 : emptyMs + everyMs;
  }
}

/** One after the other: the first is there, as a rule. */
async function isAnyThere(ports: readonly number[], timeoutMs: number): Promise<boolean> {
  for (const port of ports) if (!(await isRefused(port, timeoutMs))) return true;
  return false;
}

function isRefused(port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: timeoutMs });
    const end = (refused: boolean): void => {
      socket.destroy();
      resolve(refused);
    };
    socket.once('connect', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
  });
}
