import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Socket } from 'node:net';

/** One request that the server saw. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers a request; what it leaves open stays open. */
export type ScriptedAnswer = (response: ServerResponse, request: SeenRequest) => void;

/** What `/api/v1` and `/apis/apps/v1` are answered with. */
const kinds: Readonly<
  Record<string, readonly (readonly [kind: string, plural: string, namespaced: boolean])[]>
> = {
  '/api/v1': [
    ['ConfigMap', 'configmaps', true],
    ['Pod', 'pods', true],
    ['Namespace', 'namespaces', false],
  ],
  '/apis/apps/v1': [['Deployment', 'deployments', true]],
};

/**
 * A server on loopback whose every answer a test writes down: for faults that no honest API server can be brought to show.
 * A request that nobody wrote an answer for gets 404 as from an API server that has no such object.
 */
export class ScriptedServer {
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;
  readonly #answers = new Map<string, ScriptedAnswer[]>();
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(server: Server = createServer()): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(server);
    for (const [path, resources] of Object.entries(kinds)) scripted.on(`GET ${path}`, kindList(resources));
    await scripted.listen(0);
    return scripted;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Answers `GET /path` with these in turn; the last one stays. Replaces what was there. */
  on(request: string, ...answers: ScriptedAnswer[]): void {
    this.#answers.set(request, answers);
  }

  /** The requests that were seen for `GET /path`. */
  seenOf(request: string): readonly SeenRequest[] {
    return this.seen.filter(({ method, path }) => `${method} ${path}` === request);
  }

  /** Cuts every connection, as a server that dies does. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Goes away, and comes back by `listen` with the same port. */
  async goAway(): Promise<number> {
    const { port } = this;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cutAll();
    await closed;
    return port;
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    if (this.#server.listening) await this.goAway();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://scripted');
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // The client went away before it had said everything: there is nobody to answer.
      return;
    }
    const seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    this.seen.push(seen);
    const answers = this.#answers.get(`${seen.method} ${seen.path}`) ?? [notFound];
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(response, seen);
  }
}

/** Answers with JSON, or with text as it is. */
export function answer(
  status: number,
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
): ScriptedAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(text);
  };
}

/** Answers with a Status, as an API server refuses. */
export function refuse(
  code: number,
  message: string,
  more: { readonly reason?: string; readonly details?: object; readonly retryAfter?: number } = {},
): ScriptedAnswer {
  const { retryAfter, ...rest } = more;
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return answer(
    code,
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code, ...rest },
    headers,
  );
}

/** Takes the request and never answers. */
export const silence: ScriptedAnswer = () => undefined;

/** Begins a JSON answer and cuts the connection in the middle of it. */
export const cutInTheMiddle: ScriptedAnswer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"apiVersion":"v1","ki', () => response.destroy());
};

const notFound: ScriptedAnswer = (response, { path }) => {
  const name = path.split('/').at(-1) ?? '';
  refuse(404, `"${name}" not found`, { reason: 'NotFound', details: { name } })(response, {} as SeenRequest);
};

function kindList(resources: readonly (readonly [string, string, boolean])[]): ScriptedAnswer {
  return answer(200, {
    kind: 'APIResourceList',
    resources: resources.flatMap(([kind, name, namespaced]) => [
      { kind, name, namespaced },
      { kind: 'Scale', name: `${name}/scale`, namespaced },
    ]),
  });
}
