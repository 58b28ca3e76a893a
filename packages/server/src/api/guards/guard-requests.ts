import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isCertified, tlsOf } from '../../tls/encrypted-request.ts';
import { problem, sendProblem } from '../exchange/problems.ts';
import { unstorableText } from '../exchange/unstorable-text.ts';
import { grpcStreamOf, refuseCall } from './refuse-call.ts';
import { strangerProblem } from './refuse-strangers.ts';
import { carrySafeHeaders } from './safe-headers.ts';

/** Refuses, before any operation sees them, requests while closing, from strangers, and with text nobody can store. */
export function guardRequests(
  app: FastifyInstance,
  closing: AbortSignal,
  publicUrl: string | null = null,
): void {
  app.addHook('onRequest', async (request, reply) => {
    carrySafeHeaders(reply.raw, request.raw, publicUrl);
    void reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store' });
    const refused = closing.aborted ? closingProblem() : strangerProblem(originOf(request), publicUrl);
    if (refused === undefined) return undefined;
    const stream = grpcStreamOf(request);
    return stream ? refuseCall(stream, reply, refused) : sendProblem(request, reply, refused);
  });
  app.addHook('preHandler', async (request, reply) => {
    // A stream of bytes is text to nobody.
    const body = request.body instanceof Readable ? undefined : request.body;
    const errors = [...unstorableText(body, '/body'), ...unstorableText(request.query, '/query')];
    if (errors.length > 0) return sendProblem(request, reply, unstorableProblem(errors.slice(0, 100)));
    return undefined;
  });
}

function originOf({ method, url, headers, raw }: FastifyRequest) {
  const fetchSite = headers['sec-fetch-site'];
  // HTTP/2 names the host there, and that is what counts (RFC 9113, 8.3.1).
  const host = authorityOf(headers) ?? headers.host;
  return {
    method,
    path: url.split('?', 1)[0] ?? '',
    host,
    origin: headers.origin,
    fetchSite: Array.isArray(fetchSite) ? fetchSite.join(',') : fetchSite,
    isEncrypted: tlsOf(raw) !== null,
    isCertified: isCertified(raw, host),
  };
}

function authorityOf(headers: FastifyRequest['headers']): string | undefined {
  const authority = headers[':authority'];
  return typeof authority === 'string' ? authority : undefined;
}

const closingProblem = () =>
  problem({
    status: 503,
    code: 'closing',
    detail: 'The control plane is closing.',
    remedy: 'Try again in a moment; rollouts go on where they are.',
  });

const unstorableProblem = (errors: { pointer: string; detail: string }[]) =>
  problem({
    status: 400,
    code: 'invalid-request',
    detail: 'The request holds text that cannot be stored.',
    remedy: 'Remove what `errors` points at.',
    errors,
  });
