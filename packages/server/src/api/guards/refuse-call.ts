import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { retryTrailers } from './retry-trailers.ts';

/** Numbers of gRPC's status codes, by those of HTTP. */
const CODES: Readonly<Record<number, number>> = { 401: 16, 403: 7, 429: 8, 503: 14 };
const PERMISSION_DENIED = 7;

/** The stream of somebody who speaks gRPC, and would not read a problem; undefined for everybody else. */
export function grpcStreamOf({ headers, raw }: FastifyRequest): ServerHttp2Stream | undefined {
  if (!('stream' in raw) || !/^application\/grpc(\+|;|$)/.test(headers['content-type'] ?? ''))
    return undefined;
  return raw.stream as ServerHttp2Stream;
}

/** Refuses a call over gRPC before any service sees it: by headers alone, with a status, words, and when to try again. */
export function refuseCall(
  stream: ServerHttp2Stream,
  reply: FastifyReply,
  { status, detail, remedy }: Problem,
): FastifyReply {
  const message = `${detail} ${remedy}`;
  const code = CODES[status] ?? PERMISSION_DENIED;
  const seconds = Number(reply.getHeader('retry-after') ?? 0);
  reply.hijack();
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': String(code),
      'grpc-message': [...Buffer.from(message)].map(escaped).join(''),
      ...(seconds > 0 && retryTrailers(code, message, seconds)),
    },
    { endStream: true },
  );
  stream.close(constants.NGHTTP2_NO_ERROR);
  return reply;
}

/** As gRPC writes messages: what is no visible ASCII, and the percent sign, in hex. */
const escaped = (byte: number): string =>
  byte >= 0x20 && byte <= 0x7e && byte !== 0x25
    ? String.fromCharCode(byte)
    : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
