import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const EDGES_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/**
 * For tests: a small server with `/metrics` of its own. Everything else is a request that it counts: `/failing` is answered
 * with 500, and so many milliseconds as stand in the header `x-took` are noted as its latency. A series is there from the
 * first request on, as client libraries have it.
 */
export class CountingPod {
  readonly name: string;
  /** Counts of this process since it began, by status. */
  readonly #statuses = new Map<number, number>();
  readonly #buckets = EDGES_S.map(() => 0);
  #requests = 0;
  #sumS = 0;
  readonly #server: Server;
  readonly #scraped = new EventEmitter();
  /** Scrapes are cut off while this is set. */
  mute = false;

  private constructor(name: string) {
    this.name = name;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(name: string): Promise<CountingPod> {
    const pod = new CountingPod(name);
    pod.#server.listen(0, '127.0.0.1');
    await once(pod.#server, 'listening');
    return pod;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Forgets its counts, as a container does that is started again in the same pod. */
  restart(): void {
    this.#statuses.clear();
    this.#buckets.fill(0);
    this.#requests = 0;
    this.#sumS = 0;
  }

  /** Resolves when it has been scraped so many times more. */
  async scrapes(count: number): Promise<void> {
    for (let seen = 0; seen < count; seen++) await once(this.#scraped, 'scrape');
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/metrics') {
      if (this.mute) return void request.socket.destroy();
      response.on('finish', () => this.#scraped.emit('scrape'));
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(this.#metrics());
      return;
    }
    const status = request.url === '/failing' ? 500 : 200;
    this.#count(status, Number(request.headers['x-took'] ?? 1) / 1000);
    response.writeHead(status).end();
  }

  #count(status: number, tookS: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    for (const [at, edge] of EDGES_S.entries())
      if (tookS <= edge) this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
    this.#requests++;
    this.#sumS += tookS;
  }

  #metrics(): string {
    const lines = [...this.#statuses].map(
      ([status, count]) => `http_requests_total{status="${status}"} ${count}`,
    );
    if (this.#requests === 0) return '# nothing yet\n';
    const buckets = EDGES_S.map((edge, at) => `took_seconds_bucket{le="${edge}"} ${this.#buckets[at]}`);
    return [
      '# TYPE http_requests_total counter',
      ...lines,
      '# TYPE took_seconds histogram',
      ...buckets,
      `took_seconds_bucket{le="+Inf"} ${this.#requests}`,
      `took_seconds_sum ${this.#sumS}`,
      `took_seconds_count ${this.#requests}`,
      '',
    ].join('\n');
  }
}
