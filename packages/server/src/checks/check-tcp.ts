import { once } from 'node:events';
import { connect, type LookupFunction } from 'node:net';

/** Where an instance listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** How the host becomes an address; as the system says where it is left out. */
  readonly lookup?: LookupFunction;
}

/** Opens a connection to an endpoint and closes it again; rejects when none can be made before the signal aborts. */
export async function connectOnce({ host, port, lookup }: Endpoint, signal: AbortSignal): Promise<void> {
  const socket = connect({ host, port, signal, ...(lookup && { lookup }) });
  try {
    await once(socket, 'connect');
  } finally {
    // What happens to a connection that nobody uses any more is of no interest.
    socket.on('error', () => undefined);
    socket.destroy();
  }
}
