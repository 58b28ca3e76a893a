import type { Socket } from 'node:net';
import type { ConnectionError } from 'fastify';
import { PROBLEM_TYPE, problem } from '../exchange/problems.ts';
import { SAFE_HEADERS } from './safe-headers.ts';

/** Answers bytes that are no HTTP request, on the bare socket, and closes it. */
export function refuseMalformed(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refused = problemOfBytes(error.code);
  const body = JSON.stringify(refused);
  socket.end(
    [
      `HTTP/1.1 ${refused.status} ${refused.title}`,
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      ...Object.entries(SAFE_HEADERS).map(([name, value]) => `${name}: ${value}`),
      '',
      body,
    ].join('\r\n'),
  );
}

function problemOfBytes(code: string) {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return problem({
      status: 431,
      code: 'headers-too-large',
      detail: 'The headers of the request are larger than 16 KiB.',
      remedy: 'Send fewer or shorter headers.',
    });
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return problem({
      status: 408,
      code: 'request-timed-out',
      detail: 'The request did not arrive as a whole in time.',
      remedy: 'Send it at once.',
    });
  }
  return problem({
    status: 400,
    code: 'malformed-request',
    detail: 'The bytes that arrived are not an HTTP/1.1 request.',
    remedy: 'Use an HTTP client.',
  });
}
