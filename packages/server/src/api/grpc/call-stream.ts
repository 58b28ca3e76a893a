import type { IncomingMessage } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import { createContextKey } from '@connectrpc/connect';

/** Cuts a call whose other end does not read; in the values of each call. */
export const CUT_CALL = createContextKey<() => void>(() => undefined, { description: 'cuts the call' });

/** Ends a call in the middle, whatever is still to be sent; callers over gRPC read it as `resource_exhausted`. */
export function cutCall(request: IncomingMessage): void {
  const stream = streamOf(request);
  if (stream) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  else request.destroy();
}

/**
 * Lets a stream of HTTP/2 end with its answer, though the caller could say more (RFC 9113, 8.1): else it would count among
 * the streams of its connection, and hold a server up that closes, for as long as the caller keeps silent.
 */
export function endWithAnswer(request: IncomingMessage): void {
  const stream = streamOf(request);
  stream?.once('wantTrailers', () => setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR)));
}

const streamOf = (request: IncomingMessage): ServerHttp2Stream | undefined =>
  'stream' in request ? (request.stream as ServerHttp2Stream) : undefined;
