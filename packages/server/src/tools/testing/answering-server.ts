import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that came in. */
export interface Heard {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** How to answer; `null` says nothing until the caller has gone. */
export type Answer = {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
} | null;

/** For tests: a server over HTTP that answers as it is told. */
export class AnsweringServer {
  readonly heard: Heard[] = [];
  readonly #server: Server;
  #answer: (heard: Heard) => Answer | Promise<Answer>;

  private constructor(server: Server, answer: (heard: Heard) => Answer | Promise<Answer>) {
    this.#server = server;
    this.#answer = answer;
  }

  static async start(
    answer: (heard: Heard) => Answer | Promise<Answer> = () => ({}),
  ): Promise<AnsweringServer> {
    const server = createServer();
    const made = new AnsweringServer(server, answer);
    server.on('request', (request, response) => {
      void (async () => {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        const text = Buffer.concat(parts).toString('utf8');
        const heard = {
          url: request.url ?? '',
          headers: request.headers,
          body: text === '' ? null : JSON.parse(text),
        };
        made.heard.push(heard);
        const said = await made.#answer(heard);
        if (said === null) return;
        const { status = 200, body = null, headers = {} } = said;
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      })();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  answers(answer: (heard: Heard) => Answer | Promise<Answer>): void {
    this.#answer = answer;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
