import type { FastifyReply, FastifyRequest } from 'fastify';
import { proofOf, sessionCookies } from '../../../access/session-cookie.ts';
import type { OpenedSession } from '../../../access/sign-in.ts';
import type { Waiting } from '../../../access/sign-in-refusals.ts';
import { tlsOf } from '../../../tls/encrypted-request.ts';
import { sendProblem } from '../../exchange/problems.ts';

/** Where browsers find this control plane: what was said at its start, else where the request found it. */
export const originOf = (request: FastifyRequest, publicUrl: string | null): string =>
  publicUrl === null ? `${request.protocol}://${request.host}` : new URL(publicUrl).origin;

/** Cookies over TLS alone where browsers come by TLS, here or to a proxy in front of it. */
export const isSecure = ({ raw }: FastifyRequest, publicUrl: string | null): boolean =>
  tlsOf(raw) !== null || publicUrl?.startsWith('https:') === true;

/** Gives the browser its session; gives what the page has to show. */
export function giveSession(reply: FastifyReply, { text, lastsMs }: OpenedSession, secure: boolean): string {
  const maxAgeSeconds = Math.max(1, Math.floor(lastsMs / 1000));
  void reply.header('set-cookie', sessionCookies(text, { secure, maxAgeSeconds }));
  return proofOf(text);
}

/** Lets the browser forget its session. */
export const takeSession = (reply: FastifyReply, secure: boolean): FastifyReply =>
  reply.header('set-cookie', sessionCookies('', { secure, maxAgeSeconds: 0 }));

/** Refuses a login, and says when the next is looked at. */
export function refuseLogin(request: FastifyRequest, reply: FastifyReply, refused: Waiting): FastifyReply {
  const sent = sendProblem(request, reply, refused);
  return refused.retryAfterSeconds === undefined
    ? sent
    : sent.header('retry-after', String(refused.retryAfterSeconds));
}

/** A path of this control plane to go on to; `/` for what leads elsewhere. */
export function safePath(text: string | undefined): string {
  if (text === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text) || text.includes('\\')) return '/';
  const url = URL.parse(text, 'http://here.invalid');
  return url?.origin === 'http://here.invalid' ? `${url.pathname}${url.search}${url.hash}` : '/';
}
