import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Api } from './api-instance.ts';
import { EXPOSURE } from './exposure.ts';

/** Where the API listens. */
export interface ApiAddress {
  readonly port: number;
  /** With scheme and port. */
  readonly url: string;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Listens, on loopback addresses only.
 *
 * @param options.port 0 for any free port
 * @throws SluiceError `unsupported` for another address, `conflict` when the port is taken
 */
export async function listenOnLoopback(
  app: Api,
  options: { readonly port: number; readonly address?: string },
): Promise<ApiAddress> {
  const { port, address = '127.0.0.1' } = options;
  if (!LOOPBACK.has(address)) throw notLoopback(address);
  try {
    await app.listen({ port, host: address });
  } catch (thrown) {
    throw (thrown as NodeJS.ErrnoException).code === 'EADDRINUSE' ? portTaken(port, thrown) : thrown;
  }
  const bound = app.server.address();
  const listening = typeof bound === 'object' && bound !== null ? bound.port : port;
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${listening}`;
  app.log.info({ url, exposure: EXPOSURE }, 'api listening');
  return { port: listening, url };
}

const notLoopback = (address: string): SluiceError =>
  new SluiceError(
    'unsupported',
    `The API was asked to listen on ${address} without TLS: tokens could be read on the way. It speaks TLS elsewhere with ` +
      ' --listen, --tls-cert and --tls-key; else put a proxy that speaks TLS in front of it, or use an SSH tunnel.',
    { next: 'ask-human' },
  );

const portTaken = (port: number, cause: unknown): SluiceError =>
  new SluiceError(
    'conflict',
    `Port ${port} of the API is taken by another program. Stop that program, or choose another with --api-port.`,
    { next: 'ask-human', cause },
  );
