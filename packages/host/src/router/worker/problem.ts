import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** An answer of the router itself: RFC 9457, with the reason also in the header `x-sluice-reason`. */
export interface Problem {
  readonly status: number;
  /** Stable, kebab-case; scripts may compare it. */
  readonly reason: string;
  /** One sentence for a person. */
  readonly detail: string;
  /** For 503: when to come back. */
  readonly retryAfterSeconds?: number;
}

const body = (problem: Problem): string =>
  `${JSON.stringify({
    type: `urn:sluice:router:${problem.reason}`,
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.detail,
  })}\n`;

function head(problem: Problem, bytes: number): string[] {
  const headers = [
    'content-type',
    'application/problem+json',
    'content-length',
    String(bytes),
    'cache-control',
    'no-store',
    'x-sluice-reason',
    problem.reason,
  ];
  if (problem.retryAfterSeconds !== undefined) headers.push('retry-after', String(problem.retryAfterSeconds));
  return headers;
}

/** Answers a request with a problem. The head must not have been sent. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  const text = body(problem);
  response.writeHead(problem.status, head(problem, Buffer.byteLength(text)));
  response.end(text);
}

/** A whole HTTP/1.1 answer as text, for a socket that has no response object (malformed requests, upgrades). */
export function problemText(problem: Problem): string {
  const text = body(problem);
  const headers = head(problem, Buffer.byteLength(text));
  let out = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}\r\nconnection: close\r\n`;
  for (let i = 0; i < headers.length; i += 2) out += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${out}date: ${new Date().toUTCString()}\r\n\r\n${text}`;
}

/**
 * Sends a problem on a bare socket and closes it gently: the client's remaining bytes are read and dropped for up to
 * `lingerMs`, since closing with unread bytes resets the connection and the client may never see the answer.
 */
export function endWithProblem(socket: Socket, problem: Problem, lingerMs: number): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
  socket.once('end', () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.end(problemText(problem), 'latin1');
  socket.resume();
}
