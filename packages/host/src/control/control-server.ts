import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Log } from '../log.ts';
import { answerControl, type ControlledHost } from './control-api.ts';
import { failureReply, malformed, refusalReply, type Reply } from './problem.ts';

/** The door for the control plane. */
export interface ControlServer {
  /** Stops listening; answers under way are still sent. */
  close(): Promise<void>;
}

/** Listens on a unix socket that only this user may connect to. The caller holds the directory's lock. */
export async function startControlServer(
  path: string,
  host: ControlledHost,
  log: Log,
): Promise<ControlServer> {
  // Left by a host that was killed; nobody else may listen here while we hold the lock.
  await rm(path, { force: true });
  const server = createServer((request, response) => void answer(host, log, request, response));
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end(BAD_REQUEST);
    else socket.destroy();
  });
  await listen(server, path);
  await chmod(path, 0o600);
  return { close: () => close(server) };
}

async function answer(
  host: ControlledHost,
  log: Log,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => undefined);
  const reply = await replyTo(host, log, request);
  // What is left of a body that was refused half-way is not read: the connection ends with the answer.
  if (!request.complete) response.setHeader('connection', 'close');
  const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
  response.writeHead(reply.status, {
    'content-type': typeof reply.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

async function replyTo(host: ControlledHost, log: Log, request: IncomingMessage): Promise<Reply> {
  try {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    if (!path.startsWith('/v1/')) return refusalReply(refused(`There is nothing at ${path.slice(0, 100)}.`));
    return await answerControl(host, {
      method: request.method ?? '',
      segments: path.slice('/v1/'.length).split('/'),
      query: new URLSearchParams(query),
      message: request,
    });
  } catch (error) {
    const failure = SluiceError.from(error, `${request.method} ${request.url?.slice(0, 200)}`);
    log('error', 'order not carried out', { reason: failure.message, code: failure.code });
    return failureReply(failure);
  }
}

const refused = (message: string) => ({ code: 'route-unknown', message, remedy: 'Paths begin with /v1/.' });

/** What a client gets that does not speak HTTP. */
const BAD_REQUEST = rawReply(malformed('This is not an HTTP request.'));

function rawReply(outcome: ReturnType<typeof malformed>): string {
  const reply = outcome.ok ? { status: 400, body: {} } : refusalReply(outcome.refusal);
  const text = JSON.stringify(reply.body);
  const head = `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/json`;
  return `${head}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => reject(SluiceError.from(error, `listen on ${path}`)));
    server.listen(path, resolve);
  });

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
