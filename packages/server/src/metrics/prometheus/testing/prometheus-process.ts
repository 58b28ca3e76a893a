import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A target that is scraped, with labels of its own. */
export interface ScrapedTarget {
  /** 127.0.0.1 when it is left away. */
  readonly host?: string;
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

const READY_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 20;
const STARTS = 5;

/** For tests: why Prometheus cannot be used on this machine, or undefined. */
export const whyNoPrometheus = (): Promise<string | undefined> =>
  promisify(execFile)('prometheus', ['--version']).then(
    () => undefined,
    () => 'Prometheus could not be started; install the package prometheus',
  );

/** For tests: a real Prometheus in a folder of its own. */
export class PrometheusProcess {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #said = '';
  #port = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts one that scrapes what it is told to. */
  static async start(scrapeEveryMs: number): Promise<PrometheusProcess> {
    const prometheus = new PrometheusProcess(await mkdtemp(join(tmpdir(), 'sluice-prometheus-')));
    await writeFile(join(prometheus.#folder, 'prometheus.yml'), configuration(scrapeEveryMs));
    await prometheus.scrape([]);
    await prometheus.begin();
    return prometheus;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Replaces what is scraped; Prometheus watches the file. */
  async scrape(targets: readonly ScrapedTarget[]): Promise<void> {
    const groups = targets.map(({ host = '127.0.0.1', port, labels }) => ({
      targets: [`${host}:${port}`],
      labels,
    }));
    const path = join(this.#folder, 'targets.json');
    await writeFile(`${path}.new`, JSON.stringify(groups));
    await rename(`${path}.new`, path);
  }

  /** Starts it where it was; somebody may have taken a port that was free, and then the first start takes another one. */
  async begin(): Promise<void> {
    for (let start = 1; ; start++) {
      const port = this.#port === 0 ? await freePort() : this.#port;
      if (await this.#launch(port)) {
        this.#port = port;
        return;
      }
      if (start === STARTS || this.#port !== 0) throw new Error(`Prometheus did not start: ${this.#said}`);
    }
  }

  /** Ends it; its data stay. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }

  async close(): Promise<void> {
    await this.end();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #launch(port: number): Promise<boolean> {
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(this.#folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(this.#folder, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#child = child;
    this.#said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#said = `${this.#said}${chunk.toString()}`.slice(-2_000);
    });
    await once(child, 'spawn');
    const deadline = performance.now() + READY_WITHIN_MS;
    while (child.exitCode === null && performance.now() < deadline) {
      if (await isReady(port)) return true;
      await wait(LOOK_EVERY_MS);
    }
    await this.end();
    return false;
  }
}

const isReady = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

const configuration = (scrapeEveryMs: number): string => `global:
  scrape_interval: ${scrapeEveryMs}ms
  scrape_timeout: ${scrapeEveryMs}ms
scrape_configs:
  - job_name: pods
    file_sd_configs:
      - files: [targets.json]
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
