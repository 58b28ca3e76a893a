import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Instance, TrackStatus } from '@sluice/protocol/host/host-schema.ts';
import { hostPaths } from '../src/disk/host-paths.ts';
import { findMarked } from '../src/supervisor/process-mark.ts';
import { until } from './host-waiting.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
export const TRACK = 'shop/production/web';
const TRACK_PATH = `/v1/tracks/${encodeURIComponent(TRACK)}`;

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A real host process in a folder of its own, driven over its socket. */
export class HostProcess {
  readonly folder: string;
  readonly directory: string;
  readonly environment: Record<string, string> = {};
  readonly #ports: string;
  #child: ChildProcess | undefined;
  #output = '';
  #socket = '';
  routerPort = 0;

  private constructor(folder: string, directory: string) {
    this.folder = folder;
    this.directory = directory;
    // Below the ports that the kernel gives to outgoing connections.
    const from = 10_000 + 100 * Math.floor(Math.random() * 200);
    this.#ports = `${from}-${from + 99}`;
  }

  static async start(environment: Record<string, string> = {}, subfolder = 'host'): Promise<HostProcess> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'sluice-host-')));
    const host = new HostProcess(folder, join(folder, subfolder));
    Object.assign(host.environment, environment);
    await host.begin();
    return host;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Everything that hosts of this folder have printed. */
  get output(): string {
    return this.#output;
  }

  /** Stops reading, as a control plane that has died. */
  closeOutput(): void {
    this.#child?.stdout?.destroy();
    this.#child?.stderr?.destroy();
  }

  /** Starts a host process on the folder and waits until it answers. */
  async begin(...more: string[]): Promise<void> {
    const child = this.launch(...more);
    this.#child = child;
    const file = await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`the host ended: ${this.#output}`);
        return readHostFile(this.directory, child.pid);
      },
      'host.json',
      () => this.#output,
    );
    this.#socket = file.socket;
    this.routerPort = file.routerPort;
  }

  launch(...more: string[]): ChildProcess {
    const args = [MAIN, '--directory', this.directory, '--port', '0', '--port-range', this.#ports, ...more];
    const environment = { PATH: process.env['PATH'] ?? '', ...this.environment };
    const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    return child;
  }

  /** Ends the host process with a signal and waits for its end. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return ended;
  }

  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return askSocket(this.#socket, method, path, body === undefined ? undefined : JSON.stringify(body));
  }

  askRaw(method: string, path: string, body: string): Promise<Answer> {
    return askSocket(this.#socket, method, path, body);
  }

  get socket(): string {
    return this.#socket;
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.ask('PUT', `${TRACK_PATH}/${path}`, body);
  }

  retire(revision: string, generation: number): Promise<Answer> {
    return this.ask('DELETE', `${TRACK_PATH}/revisions/${revision}?generation=${generation}`);
  }

  async track(): Promise<TrackStatus> {
    return JSON.parse((await this.ask('GET', TRACK_PATH)).text) as TrackStatus;
  }

  async ready(revision: string, count: number): Promise<readonly Instance[]> {
    const found = await until(
      async () => {
        const seen = (await this.track()).revisions[revision];
        return seen?.ready === count && seen;
      },
      `${count} ready instances of ${revision}`,
      async () => [await this.track(), this.#output.slice(-2000)],
    );
    return found.instances;
  }

  /** Live processes with a mark of this folder, whoever started them. */
  async processes(): Promise<readonly number[]> {
    return (await findMarked(hostPaths(this.directory).directoryHash))
      .map(({ pid }) => pid)
      .sort((a, b) => a - b);
  }

  /** What the router answers. */
  async through(path = '/'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asking = request({ host: '127.0.0.1', port: this.routerPort, path, agent: false }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      });
      asking.on('error', reject);
      asking.end();
    });
  }

  /** Stops everything in order where that is still possible, then by pid, and clears the folder away. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const asked = this.ask('POST', '/v1/shutdown', { stopProcesses: true }).catch(() => undefined);
      await Promise.race([asked.then(() => ended), new Promise((resolve) => setTimeout(resolve, 15_000))]);
      child.kill('SIGKILL');
      await ended;
    }
    for (const pid of await this.processes()) process.kill(pid, 'SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

interface HostFile {
  readonly pid: number;
  readonly socket: string;
  readonly routerPort: number;
}

async function readHostFile(directory: string, pid: number | undefined): Promise<HostFile | undefined> {
  const text = await readFile(join(directory, 'host.json'), 'utf8').catch(() => undefined);
  const file = text === undefined ? undefined : (JSON.parse(text) as HostFile);
  return file?.pid === pid ? file : undefined;
}

function askSocket(
  socketPath: string,
  method: string,
  path: string,
  body: string | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, method, path, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', reject);
    });
    asking.on('error', reject);
    asking.end(body);
  });
}
