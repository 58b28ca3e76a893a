import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** The connection of a request, when it came over TLS that ends here. */
export function tlsOf({ socket }: Pick<IncomingMessage, 'socket'>): TLSSocket | null {
  const tls = socket as Partial<TLSSocket> | null;
  return tls?.encrypted === true ? (tls as TLSSocket) : null;
}

/** Whether the certificate that a request was served with is for the host that it names. */
export function isCertified(request: Pick<IncomingMessage, 'socket'>, host: string | undefined): boolean {
  const certificate = tlsOf(request)?.getX509Certificate();
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(host ?? '') ?? [];
  const name = bracketed ?? plain;
  if (!certificate || name === undefined) return false;
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}
