import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { echoListener } from '../../testing/echo-listener.ts';
import type { RouterSubject } from '../../traffic-router.contract.ts';
import { findHaproxy } from '../find-haproxy.ts';
import { type HaproxyRouter, type HaproxyRouterOptions, haproxyRouter } from '../haproxy-router.ts';

/** For tests: why HAProxy cannot be used on this machine, or undefined. */
export const whyNoHaproxy = (): Promise<string | undefined> =>
  findHaproxy().then(
    () => undefined,
    (thrown: unknown) => SluiceError.from(thrown, 'finding HAProxy').message,
  );

/** For tests: instances of revisions in this very process, and HAProxy in front of them. */
export class HaproxyWorld implements RouterSubject {
  readonly #folder: string;
  readonly #servers = new Map<string, Server[]>();
  #router: HaproxyRouter | undefined;
  #port = 0;
  #generation = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<HaproxyWorld> {
    const world = new HaproxyWorld(await mkdtemp(join(tmpdir(), 'sluice-haproxy-')));
    await world.open();
    return world;
  }

  get router(): HaproxyRouter {
    if (this.#router === undefined) throw new Error('the world was not opened');
    return this.#router;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get directory(): string {
    return join(this.#folder, 'proxy');
  }

  /** Opens the adapter over the folder; somebody may take a free port first, and then another one is tried. */
  async open(options: Partial<HaproxyRouterOptions> = {}): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const listenPort = this.#port === 0 ? await freePort() : this.#port;
      try {
        this.#router = await haproxyRouter({
          directory: this.directory,
          listenPort,
          endpoints: async (track, revision) => this.endpoints(track, revision),
          ...options,
        });
        this.#port = listenPort;
        return;
      } catch (thrown) {
        if (
          attempt === 5 ||
          this.#port !== 0 ||
          !(thrown instanceof SluiceError) ||
          thrown.code !== 'conflict'
        )
          throw thrown;
      }
    }
  }

  endpoints(track: TrackId, revision: RevisionId): { host: string; port: number }[] {
    const servers = this.#servers.get(`${track} ${revision}`) ?? [];
    return servers.map((server) => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }));
  }

  async run(track: TrackId, revision: RevisionId, instances: number): Promise<void> {
    const servers = this.#servers.get(`${track} ${revision}`) ?? [];
    while (servers.length < instances) {
      const server = createServer(echoListener(revision)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      servers.push(server);
    }
    for (const server of servers.splice(instances)) await ended(server);
    this.#servers.set(`${track} ${revision}`, servers);
  }

  async instances(track: TrackId, revision: RevisionId): Promise<readonly string[]> {
    return this.endpoints(track, revision).map(({ host, port }) => `http://${host}:${port}`);
  }

  nextGeneration(): number {
    return ++this.#generation;
  }

  async restart(): Promise<void> {
    const pid = await this.router.pid();
    await this.router.close();
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await this.open();
  }

  async close(): Promise<void> {
    await this.router.stop();
    for (const server of [...this.#servers.values()].flat()) await ended(server);
    await rm(this.#folder, { recursive: true });
  }
}

async function ended(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
