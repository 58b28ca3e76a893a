import { createServer } from 'node:net';
import { stat } from 'node:fs/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** The right to drive one HAProxy, until it is given up or the process ends. */
export interface Ownership {
  release(): Promise<void>;
}

/**
 * Takes a folder for this process alone: two control planes that drive one HAProxy could pass each other's fences. The
 * right is a name in the kernel's abstract socket space (unix(7)), which ends with the process in whatever way it ends.
 * @throws SluiceError `conflict` when another process has it
 */
export async function takeOwnership(directory: string): Promise<Ownership> {
  const { dev, ino } = await stat(directory, { bigint: true });
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (thrown: NodeJS.ErrnoException) =>
      reject(thrown.code === 'EADDRINUSE' ? taken(directory) : thrown),
    );
    server.listen({ path: `\0sluice-haproxy/${dev}-${ino}` }, resolve);
  });
  server.unref();
  return { release: () => new Promise((released) => void server.close(() => released())) };
}

const taken = (directory: string): SluiceError =>
  new SluiceError(
    'conflict',
    `Another process drives the HAProxy in ${directory} already; stop it first, or choose another folder.`,
    { next: 'ask-human' },
  );
