import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Credentials, ShownCertificate } from '../../access/access-guard.ts';
import { sessionIn } from '../../access/session-cookie.ts';
import { tlsOf } from '../../tls/encrypted-request.ts';

const read = new WeakMap<IncomingHttpHeaders, Credentials>();
const certificates = new WeakMap<TLSSocket, ShownCertificate | null>();

/**
 * What a request shows of who makes it: the same object whenever the same request is asked.
 *
 * @param publicUrl where browsers come; over https they are given a cookie that no other host can set, and only it counts
 */
export function shownBy(
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  publicUrl: string | null,
): Credentials {
  const known = read.get(request.headers);
  if (known) return known;
  const socket = tlsOf(request);
  const shown = shownIn(request.headers, socket !== null || publicUrl?.startsWith('https:') === true);
  const credentials = socket ? { ...shown, tls: { certificate: certificateOf(socket) } } : shown;
  read.set(request.headers, credentials);
  return credentials;
}

/** As `shownBy`, of a request that was asked before, as all are that access is guarded for. */
export function credentialsIn(headers: IncomingHttpHeaders): Credentials {
  return read.get(headers) ?? { bearer: null, session: null };
}

/** What is no bearer token is nobody's token, and not nothing. */
function shownIn({ authorization, cookie }: IncomingHttpHeaders, secure: boolean): Credentials {
  const session = sessionIn(cookie, { secure });
  if (authorization === undefined) return { bearer: null, session };
  return { bearer: /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? authorization, session };
}

/** What was shown when a connection was opened: the same for all of its requests. */
function certificateOf(socket: TLSSocket): ShownCertificate | null {
  const known = certificates.get(socket);
  if (known !== undefined) return known;
  const peer = socket.getPeerX509Certificate();
  const shown = peer ? { isTrusted: socket.authorized, uris: urisIn(peer.subjectAltName ?? '') } : null;
  certificates.set(socket, shown);
  return shown;
}

/** Node puts into quotes what could be misread; nothing of ours could. */
const urisIn = (names: string): readonly string[] =>
  names.includes('"')
    ? []
    : names.split(', ').flatMap((name) => (name.startsWith('URI:') ? [name.slice('URI:'.length)] : []));
