import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiRequest } from '../api/api-caller.ts';
import { type ApiServer, type Outcome } from '../cluster/api-server.ts';
import type { Users } from '../cluster/users.ts';
import type { PlainResponse, StreamResponse } from '../server/api-response.ts';

/** A little more than the server takes, so that what is too large is refused and not cut. */
const readLimitBytes = 4 * 1024 * 1024;

/** A fake cluster's API on a port of this machine. */
export interface HttpListener {
  /** For example `http://127.0.0.1:40123`; the same after a restart. */
  readonly url: string;
  /** Closes the port and cuts every connection; the cluster stays as it is. */
  stop(): Promise<void>;
  /** Opens the same port again. */
  start(): Promise<void>;
}

/** Listens on 127.0.0.1, on a free port where none is named. */
export async function listenOn(server: ApiServer, users: Users, port = 0): Promise<HttpListener> {
  let listener = await open(server, users, port);
  const { port: chosen } = listener.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${chosen}`,
    stop: async () => {
      listener.closeAllConnections();
      if (!listener.listening) return;
      listener.close();
      listener.closeAllConnections();
      await once(listener, 'close');
    },
    start: async () => {
      if (!listener.listening) listener = await open(server, users, chosen);
    },
  };
}

async function open(server: ApiServer, users: Users, port: number): Promise<http.Server> {
  const listener = http.createServer((incoming, outgoing) => {
    answer(server, users, incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
  });
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  return listener;
}

async function answer(
  server: ApiServer,
  users: Users,
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming);
  const outcome: Outcome = await server.answer(request, () => users.bearing(incoming.headers.authorization));
  if (outcome.kind === 'unreachable') {
    incoming.socket.destroy();
    return;
  }
  const { response } = outcome;
  if (response.kind === 'stream') stream(response, outgoing);
  else if (outcome.kind === 'partial') cutShort(response, outgoing);
  else send(response, incoming.method === 'HEAD', outgoing);
}

async function readRequest(incoming: http.IncomingMessage): Promise<ApiRequest> {
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size <= readLimitBytes) chunks.push(chunk as Buffer);
  }
  const body = Buffer.concat(chunks).toString();
  return {
    method: (incoming.method ?? 'GET') as ApiRequest['method'],
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: plainHeaders(incoming.headers),
    ...(body === '' ? {} : { body }),
  };
}

function plainHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(', ')]],
    ),
  );
}

function bodyOf({ body }: PlainResponse): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function send(response: PlainResponse, headOnly: boolean, outgoing: http.ServerResponse): void {
  outgoing.writeHead(response.status, response.headers);
  outgoing.end(headOnly ? undefined : bodyOf(response));
}

/** Half of the answer, then nothing. */
function cutShort(response: PlainResponse, outgoing: http.ServerResponse): void {
  const body = bodyOf(response);
  outgoing.writeHead(response.status, { ...response.headers, 'content-length': Buffer.byteLength(body) });
  outgoing.write(body.slice(0, Math.floor(body.length / 2)), () => outgoing.socket?.destroy());
}

function stream(response: StreamResponse, outgoing: http.ServerResponse): void {
  outgoing.writeHead(response.status, response.headers);
  outgoing.flushHeaders();
  const stop = response.start(
    (event) => outgoing.write(`${JSON.stringify(event)}\n`),
    () => outgoing.end(),
  );
  outgoing.on('close', stop);
}
