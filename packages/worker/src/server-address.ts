import type { ClientSessionOptions } from 'node:http2';
import { connect } from 'node:net';

/** How a server is connected to. */
export interface ServerAddress {
  readonly baseUrl: string;
  readonly session: ClientSessionOptions;
}

/**
 * Reads where a server is: a URL, or `unix:` and the absolute path of a socket, which is how gRPC writes it and how workers
 * without a network reach Sluice; null when it is neither.
 */
export function serverAddress(url: string): ServerAddress | null {
  if (!URL.canParse(url)) return null;
  if (!url.startsWith('unix:')) return { baseUrl: url, session: {} };
  const path = decodeURIComponent(new URL(url).pathname);
  // Nobody resolves the name; it is what a server expects that answers only for the machine that it is on.
  return path.startsWith('/')
    ? { baseUrl: 'http://localhost', session: { createConnection: () => connect(path) } }
    : null;
}
