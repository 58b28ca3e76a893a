import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** Addresses of this machine that nobody else on it was given. */
export interface LoopbackAddresses {
  /** The next of them; the first comes again after 253 others. */
  next(): string;
  close(): Promise<void>;
}

/** On Linux all of 127.0.0.0/8 is this machine; elsewhere only what was set up. */
const NETWORK = '127.66';
const BLOCKS = 256;
const ADDRESSES_IN_BLOCK = 254;
/** Held on the first address of a block by whoever has it, below the ports that systems give out by themselves. */
const LOCK_PORT = 6_621;

/**
 * Takes a block of 127.66.0.0/16 for pods that are real processes, so that players in several processes do not give out the
 * same address.
 * @throws SluiceError `unsupported` where such addresses cannot be listened on, `exhausted` when all blocks are taken
 */
export async function loopbackAddresses(): Promise<LoopbackAddresses> {
  for (let block = 0; block < BLOCKS; block += 1) {
    const lock = await listenOn(`${NETWORK}.${block}.0`);
    if (lock !== undefined) return addressesOf(block, lock);
  }
  throw new SluiceError('exhausted', `all blocks of ${NETWORK}.0.0/16 are taken`, { next: 'stop' });
}

function addressesOf(block: number, lock: Server): LoopbackAddresses {
  let given = 0;
  return {
    next: () => {
      given = (given % ADDRESSES_IN_BLOCK) + 1;
      return `${NETWORK}.${block}.${given}`;
    },
    close: async () => {
      lock.close();
      await once(lock, 'close');
    },
  };
}

async function listenOn(host: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(LOCK_PORT, host);
    await once(server, 'listening');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    const remedy = 'pods can be programs only where all of 127.0.0.0/8 belongs to this machine, as on Linux';
    throw new SluiceError('unsupported', `${host} cannot be listened on: ${remedy}`, {
      next: 'stop',
      cause: thrown,
    });
  }
  return server.unref();
}
