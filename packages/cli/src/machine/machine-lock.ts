import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { makeMachineDirectory } from './machine-directory.ts';

/** Another `up` on a slow machine takes most of a minute. */
const PATIENCE_MS = 120_000;
const LOOK_EVERY_MS = 50;

/**
 * Does something while no other `up` or `down` of the same directory does anything; waits for its turn. The lock is an
 * abstract socket, so that it ends with the process that holds it, however that ends.
 */
export async function withMachineLock<Value>(directory: string, work: () => Promise<Value>): Promise<Value> {
  makeMachineDirectory(directory);
  const digest = createHash('sha256').update(realpathSync(directory)).digest('hex').slice(0, 24);
  const release = await acquire(`\0sluice-up-${digest}`, directory);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(name: string, directory: string): Promise<() => Promise<void>> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    const release = await tryAcquire(name);
    if (release) return release;
    await delay(LOOK_EVERY_MS);
  }
  throw new SluiceError(
    'timed-out',
    `Another \`sluice up\` or \`down\` has been at work in ${directory} for two minutes. End it, or wait for it.`,
    { next: 'ask-human' },
  );
}

async function tryAcquire(name: string): Promise<(() => Promise<void>) | undefined> {
  const server = createServer();
  server.unref();
  try {
    server.listen(name);
    await once(server, 'listening');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw thrown;
  }
  return async () => {
    server.close();
    await once(server, 'close');
  };
}
