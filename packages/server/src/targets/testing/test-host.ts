import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { z } from 'zod';
import { hostClient, type HostClient } from '../../host-client/host-client.ts';

const MAIN = fileURLToPath(new URL('../../../../host/src/main.ts', import.meta.url));
const hostFile = z.object({ socket: z.string(), pid: z.int(), routerPort: z.int() });

/** For tests: a real host in a folder of its own, with a client of its control API. */
export class TestHost {
  /** For whatever a test wants to keep beside the host. */
  readonly folder: string;
  readonly #ports: string;
  #child: ChildProcess | undefined;
  #output = '';
  #client: HostClient | undefined;
  #routerPort = 0;

  private constructor(folder: string) {
    this.folder = folder;
    // Below the ports that the kernel gives to outgoing connections, and seldom those of another test.
    const from = 10_000 + 100 * Math.floor(Math.random() * 200);
    this.#ports = `${from}-${from + 99}`;
  }

  static async start(): Promise<TestHost> {
    const host = new TestHost(await realpath(await mkdtemp(join(tmpdir(), 'sluice-world-'))));
    await host.begin();
    return host;
  }

  get client(): HostClient {
    if (this.#client === undefined) throw new Error('the host was not begun');
    return this.#client;
  }

  /** Where the router listens; it changes with a restart. */
  get origin(): string {
    return `http://127.0.0.1:${this.#routerPort}`;
  }

  /** Starts the host process and waits until it answers. */
  async begin(): Promise<void> {
    const directory = join(this.folder, 'host');
    const child = spawn(
      process.execPath,
      [MAIN, '--directory', directory, '--port', '0', '--port-range', this.#ports],
      { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-10_000);
      });
    const file = await vi.waitFor(async () => {
      if (child.exitCode !== null) throw new Error(`the host ended: ${this.#output}`);
      const read = hostFile.parse(JSON.parse(await readFile(join(directory, 'host.json'), 'utf8')));
      if (read.pid !== child.pid) throw new Error('the file is of an earlier host');
      return read;
    }, HOST_PATIENCE);
    this.#client = hostClient(file.socket);
    this.#routerPort = file.routerPort;
  }

  /** Ends the host process alone, in the hardest way. */
  async kill(): Promise<void> {
    await this.#client?.close();
    if (this.#child?.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Ends the host with everything that it started, and removes its folder. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      await this.client.shutdown(true);
      await ended;
    }
    await this.#client?.close();
    await rm(this.folder, { recursive: true });
  }
}

/** How long tests wait for something that a host does. */
export const HOST_PATIENCE = { timeout: 20_000, interval: 20 };
