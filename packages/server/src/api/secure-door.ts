import { once } from 'node:events';
import { type AddressInfo, isIPv6 } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Logger } from 'pino';
import type { SharedPort } from './shared-port.ts';
import type { Certificate, WatchedCertificate } from '../tls/watched-certificate.ts';

/** Where TLS is spoken. */
export interface SecureDoorPlace {
  readonly address: string;
  /** 0 for any free port. */
  readonly port: number;
}

/** Authorities that may change while the door is open. */
export interface TrustedAuthorities {
  /** PEM of each. */
  readonly trusted: () => readonly string[];
  /** Hears when they are others. */
  readonly onChange: (heard: () => void) => void;
}

/** A handshake takes no longer, in ms. */
const HANDSHAKE_MS = 10_000;
const PROTOCOLS = ['h2', 'http/1.1'];

/**
 * Serves what a port serves over TLS as well, elsewhere; it closes with the port.
 *
 * Clients may show certificates; which of them say who somebody is, is decided by whoever is asked for a caller.
 * @param authorities those whose certificates count, beside those that came with the certificate
 * @returns its URL
 * @throws SluiceError `conflict` when the place is taken or no address of this machine
 */
export async function openSecureDoor(
  shared: SharedPort,
  { address, port }: SecureDoorPlace,
  {
    certificate,
    authorities = NO_AUTHORITIES,
    log,
  }: {
    readonly certificate: WatchedCertificate;
    readonly authorities?: TrustedAuthorities;
    readonly log: Logger;
  },
): Promise<string> {
  const context = () => contextOf(certificate.now(), authorities.trusted());
  const server = createServer(
    {
      ...context(),
      ALPNProtocols: PROTOCOLS,
      handshakeTimeout: HANDSHAKE_MS,
      requestCert: true,
      // Who shows no certificate, or one of a stranger, is nobody by it, and may show a token.
      rejectUnauthorized: false,
    },
    (socket: TLSSocket) => shared.take(socket, socket.alpnProtocol === 'h2'),
  );
  for (const watched of [certificate, authorities])
    watched.onChange(() => server.setSecureContext(context()));
  server.listen({ port, host: address });
  await once(server, 'listening').catch((thrown: unknown) => {
    throw notListening(address, port, thrown);
  });
  shared.closeToo(server);
  const bound = (server.address() as AddressInfo).port;
  const url = `https://${isIPv6(address) ? `[${address}]` : address}:${bound}`;
  log.info({ url }, 'api listening over TLS');
  return url;
}

const NO_AUTHORITIES: TrustedAuthorities = { trusted: () => [], onChange: () => {} };

const contextOf = ({ chain, key, clientAuthorities }: Certificate, authorities: readonly string[]) => ({
  cert: chain,
  key,
  minVersion: 'TLSv1.2' as const,
  // An empty list would mean every authority that Node knows.
  ca: [...authorities, ...(clientAuthorities === null ? [] : [clientAuthorities])],
});

const notListening = (address: string, port: number, cause: unknown): SluiceError =>
  new SluiceError(
    'conflict',
    Object(cause).code === 'EADDRINUSE'
      ? `Port ${port} on ${address} is taken by another program. Stop that program, or choose another with --listen.`
      : `The API cannot listen on ${address}:${port} (${Object(cause).code ?? String(cause)}). Choose an address of this machine with --listen.`,
    { next: 'ask-human', cause },
  );
