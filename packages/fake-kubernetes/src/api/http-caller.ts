import http from 'node:http';
import https from 'node:https';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { reasonOf } from '../json/reason-of.ts';
import type { ApiAnswer, ApiCaller, ApiRequest, ApiWatch, ApiWatchEvent } from './api-caller.ts';

/** Where an API server is and how to speak to it. */
export interface HttpCallerOptions {
  /** For example `https://127.0.0.1:6443`. */
  readonly server: string;
  /** PEM. */
  readonly ca?: string;
  /** The bearer token of the administrator, who asks where a request names nobody. */
  readonly token?: string;
  /** PEM of a client certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** Bearer tokens of other users, by the name used in `as`. */
  readonly tokens?: Readonly<Record<string, string>>;
}

/** An `ApiCaller` that also holds connections open until it is closed. */
export interface HttpCaller extends ApiCaller {
  close(): void;
}

/** Enough for a test that races requests; a real client keeps to far fewer. */
const maxSockets = 64;

/** Speaks to a fake or real API server over HTTP or HTTPS, with a token or a client certificate. */
export function httpCaller(options: HttpCallerOptions): HttpCaller {
  const { request: open, Agent } = options.server.startsWith('https:') ? https : http;
  const secrets = tlsOptions(options);
  const agent = new Agent({ ...secrets, keepAlive: true, maxSockets });
  const start = (request: ApiRequest, using: http.Agent): Promise<Exchange> =>
    new Promise((resolve, reject) => {
      const payload = payloadOf(request);
      const sent = open(urlOf(options.server, request), {
        ...secrets,
        agent: using,
        method: request.method,
        headers: headersOf(options, request, payload),
      });
      sent.on('error', (cause) => reject(unreachable(options.server, request, cause)));
      sent.on('response', (message) => resolve({ sent, message }));
      sent.end(payload);
    });
  return {
    send: async (request) => {
      const { message } = await start(request, agent);
      return answerOf(message, (cause) => unreachable(options.server, request, cause));
    },
    watch: async (request, onEvent) => {
      const watching = { ...request, query: { ...request.query, watch: 'true' } };
      // A watch holds its connection for as long as it lasts, so it takes none from the requests.
      const own = new Agent({ ...secrets, keepAlive: false });
      const exchange = await start(watching, own);
      if (exchange.message.statusCode === 200) return follow(exchange, onEvent);
      const answer = await answerOf(exchange.message, (cause) => unreachable(options.server, request, cause));
      return { ...answer, ended: Promise.resolve('server'), close: () => undefined };
    },
    close: () => agent.destroy(),
  };
}

interface Exchange {
  readonly sent: http.ClientRequest;
  readonly message: http.IncomingMessage;
}

function tlsOptions({ ca, cert, key }: HttpCallerOptions): https.AgentOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function urlOf(server: string, { path, query }: ApiRequest): URL {
  const search = query && Object.keys(query).length > 0 ? `?${new URLSearchParams(query).toString()}` : '';
  return new URL(path + search, server);
}

function payloadOf({ body }: ApiRequest): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}

function headersOf(
  options: HttpCallerOptions,
  request: ApiRequest,
  payload: string | undefined,
): Record<string, string | number> {
  const token = tokenOf(options, request.as);
  return {
    ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
    ...request.headers,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    // Node sends no length with DELETE by itself, and a server would then ignore the body.
    ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }),
  };
}

function tokenOf({ token, tokens }: HttpCallerOptions, as: string | undefined): string | undefined {
  if (as === undefined) return token;
  if (as === 'none') return undefined;
  const known = tokens?.[as];
  if (known !== undefined) return known;
  throw new SluiceError('invalid-input', `no token is known for the user ${as}: name it in "tokens"`, {
    next: 'stop',
  });
}

async function answerOf(
  message: http.IncomingMessage,
  failure: (cause: unknown) => SluiceError,
): Promise<ApiAnswer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw failure(cause);
  }
  return {
    status: message.statusCode ?? 0,
    headers: plainHeaders(message),
    body: parse(Buffer.concat(chunks).toString()),
  };
}

function follow({ sent, message }: Exchange, onEvent: (event: ApiWatchEvent) => void): ApiWatch {
  let closed = false;
  let rest = '';
  message.setEncoding('utf8');
  message.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '' && !closed) onEvent(parse(line) as ApiWatchEvent);
  });
  const ended = new Promise<'server' | 'client'>((resolve) => {
    const end = (): void => resolve(closed ? 'client' : 'server');
    message.on('end', end).on('close', end).on('error', end);
  });
  const close = (): void => {
    closed = true;
    sent.destroy();
  };
  return { status: 200, headers: plainHeaders(message), ended, close };
}

function plainHeaders(message: http.IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unreachable(server: string, { method, path }: ApiRequest, cause: unknown): SluiceError {
  const message = `${method} ${path} at ${server}: ${reasonOf(cause)}`;
  return new SluiceError('unreachable', message, { next: 'retry', cause });
}
