import type { Socket } from 'node:net';

/** The address at the other end of a socket; IPv4 in its own notation also when it came in over IPv6. */
export function peerAddress(socket: Socket): string {
  const address = socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** Whether an address is of this very machine. */
export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';
