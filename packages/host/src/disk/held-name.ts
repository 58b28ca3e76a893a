import { createServer } from 'node:net';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** A name that no other process on this machine can hold at the same time. */
export interface HeldName {
  /** Gives the name up; resolves when somebody else can take it. */
  release(): Promise<void>;
}

/**
 * Holds a name in the kernel's abstract socket space (unix(7)); undefined when somebody else holds it.
 * The kernel drops the name when the process ends in whatever way, so a kill -9 leaves nothing stale behind. A file
 * with a process id in it was rejected: it outlives its process, and ids are used again. Node has no flock.
 * Names are seen within one network namespace only.
 */
export function holdName(name: string): Promise<HeldName | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE'
        ? resolve(undefined)
        : reject(SluiceError.from(error, `hold the name ${name}`)),
    );
    const release = () => new Promise<void>((released) => server.close(() => released()));
    server.listen({ path: `\0${name}` }, () => resolve({ release }));
    server.unref();
  });
}
