/**
 * Purpose: a provider of messages on this machine, as strict as the published one: it refuses what its schema, its signature or
 * its authorisation refuses, and keeps what it has accepted. It can be told to answer otherwise for a while.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came in. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What is answered. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
}

/** How the provider behaves instead of as it should: an answer, none at all, or a connection that breaks. */
export type Misbehaviour = ProviderAnswer | 'silence' | 'reset';

/** A provider that listens on loopback. */
export interface ProviderServer {
  readonly url: string;
  /** All requests that it has read, the refused ones among them. */
  readonly requests: readonly ReceivedRequest[];
  /** Answers all that comes like this, until it is null again. */
  misbehave(how: Misbehaviour | null): void;
  close(): Promise<void>;
}

/** Starts a provider that answers by its rules. */
export async function startProviderServer(
  answer: (request: ReceivedRequest) => ProviderAnswer,
): Promise<ProviderServer> {
  const requests: ReceivedRequest[] = [];
  let misbehaviour: Misbehaviour | null = null;
  const server = createServer((incoming, outgoing) => {
    void readRequest(incoming).then((request) => {
      requests.push(request);
      if (misbehaviour === 'silence') return;
      if (misbehaviour === 'reset') incoming.socket.destroy();
      else send(outgoing, misbehaviour ?? answer(request));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    misbehave: (how) => {
      misbehaviour = how;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readRequest(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://provider');
  return {
    method: incoming.method ?? '',
    path: pathname,
    query: searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function send(outgoing: ServerResponse, { status, headers, json, text }: ProviderAnswer): void {
  const type = json === undefined ? 'text/plain' : 'application/json; charset=utf-8';
  outgoing.writeHead(status, { 'content-type': type, ...headers });
  outgoing.end(json === undefined ? (text ?? '') : JSON.stringify(json));
}
