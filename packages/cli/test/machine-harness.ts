import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { releaseReplySchema, type ReleaseReply } from '@sluice/protocol/http/requests.ts';
import { trackSchema, type RolloutView, type TrackView } from '@sluice/protocol/http/views.ts';
import { startLoad, type LoadProcess } from '../src/commands/demo/load-process.ts';
import { startMachine, type Machine } from '../src/machine/start-machine.ts';
import { stopMachine } from '../src/machine/stop-machine.ts';

/** How the shop of the tests behaves in a version. */
export interface Behaviour {
  /** Part of the requests that are answered with 500. */
  readonly failureRate?: number;
  readonly slowerMs?: Readonly<Record<string, number>>;
  /** Replaces the shop's program, for one that does not even start. */
  readonly program?: string;
}

/** A machine with the example shop, for one test file. */
export interface TestMachine {
  readonly directory: string;
  machine(): Machine;
  /** Releases a version of the shop; `yaml` replaces the strategy part of its file. */
  release(version: string, behaviour: Behaviour, more?: Record<string, unknown>): Promise<ReleaseReply>;
  /** Replaces the strategy of the shop's file, as YAML under `strategies.quick`. */
  strategy(yaml: string): void;
  track(): Promise<TrackView>;
  post(path: string, body: unknown): Promise<{ status: number; body: unknown }>;
  get(path: string): Promise<string>;
  /** Waits until a condition on the track holds; says what it saw last when it does not. */
  until(condition: (track: TrackView) => boolean, withinMs?: number): Promise<TrackView>;
  /** Waits until the rollout of a version has ended. */
  ended(version: string, withinMs?: number): Promise<RolloutView>;
  load(requestsPerSecond: number): LoadProcess;
  /** Kills the control plane with SIGKILL. */
  killServer(): void;
  /** Starts again whatever does not run. */
  up(): Promise<void>;
  /** Process ids of the shop's instances, by the mark that the host gives them. */
  instances(): Promise<readonly number[]>;
  down(): Promise<void>;
}

const EXAMPLE = fileURLToPath(new URL('../../../examples/storefront/', import.meta.url));
const TRACK = 'storefront/local/web';
const LOOK_EVERY_MS = 100;

const file = (strategy: string): string => `application: storefront
components:
  web:
    run: node server.mjs
    instances: 2
    health: { path: /healthz, within: 20s, interval: 300ms }
    drain: 5s
    user: { header: x-user }
    strategy: quick
strategies:
  quick:
${strategy
  .trim()
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
checks:
  smoke: { http: /healthz, expect: 200 }
  broken: { http: /no-such-page, expect: 200 }
`;

/** Brings up host and control plane in a folder for temporary files. */
export async function testMachine(): Promise<TestMachine> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-test-'));
  const shop = join(directory, 'shop');
  await mkdir(shop);
  const original = await readFile(join(EXAMPLE, 'server.mjs'), 'utf8');
  const start = (): Promise<Machine> =>
    startMachine({
      directory,
      routerPort: 0,
      apiPort: 0,
      routerWorkers: 1,
      databaseUrl: undefined,
      lookEveryMs: 300,
    });
  let machine = await start().catch(async (thrown: unknown) => {
    await stopMachine({ directory, keepProcesses: false });
    await rm(directory, { recursive: true, force: true });
    throw thrown;
  });
  let strategy = 'canary: { phases: [{ share: 50%, hold: 2s }] }';
  const loads: LoadProcess[] = [];
  const url = (path: string): string => `http://127.0.0.1:${machine.apiPort}/api/v1${path}`;

  const post = async (path: string, body: unknown): Promise<{ status: number; body: unknown }> => {
    const reply = await fetch(url(path), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: reply.status, body: await reply.json() };
  };
  const track = async (): Promise<TrackView> =>
    trackSchema.parse(await (await fetch(url(`/tracks/${TRACK}`))).json());
  const until = async (condition: (track: TrackView) => boolean, withinMs = 60_000): Promise<TrackView> => {
    const end = Date.now() + withinMs;
    for (;;) {
      const seen = await track();
      if (condition(seen)) return seen;
      if (Date.now() > end)
        throw new Error(
          `waited in vain; last seen: ${JSON.stringify(seen.explanation)} ${JSON.stringify(seen.last?.reason)}`,
        );
      await delay(LOOK_EVERY_MS);
    }
  };

  return {
    directory,
    machine: () => machine,
    strategy: (yaml) => {
      strategy = yaml;
    },
    release: async (version, { failureRate = 0, slowerMs = {}, program = original }, more = {}) => {
      await writeFile(join(shop, 'server.mjs'), program);
      await writeFile(join(shop, 'release.json'), JSON.stringify({ failureRate, slowerMs }));
      const reply = await post('/releases', {
        text: file(strategy),
        file: 'sluice.yaml',
        baseDirectory: shop,
        version,
        by: 'test',
        ...more,
      });
      if (reply.status >= 300)
        throw new Error(`release ${version} was refused: ${JSON.stringify(reply.body)}`);
      return releaseReplySchema.parse(reply.body);
    },
    track,
    post,
    get: async (path) => (await fetch(url(path))).text(),
    until,
    ended: async (version, withinMs) => {
      const done = (seen: TrackView): boolean =>
        seen.active === null && seen.queued.length === 0 && seen.last?.version === version;
      const { last } = await until(done, withinMs);
      if (last === null) throw new Error('a rollout that has ended is gone');
      return last;
    },
    load: (requestsPerSecond) => {
      const load = startLoad(
        join(EXAMPLE, 'load.mjs'),
        `http://127.0.0.1:${machine.routerPort}`,
        requestsPerSecond,
      );
      loads.push(load);
      return load;
    },
    killServer: () => process.kill(machine.server.pid, 'SIGKILL'),
    up: async () => {
      machine = await start();
    },
    instances: () => markedProcesses(directory),
    down: async () => {
      await Promise.all(loads.map((load) => load.stop()));
      await stopMachine({ directory, keepProcesses: false });
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Processes with the host's mark in their environment that are leaders of their group: one per instance. */
async function markedProcesses(directory: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const marked = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      const ours =
        environment.includes('SLUICE_MARK=') &&
        environment.includes('SLUICE_INSTANCE=') &&
        environment.includes(directory);
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return ours && command.includes('server.mjs') && !command.startsWith('/bin/sh') ? [Number(pid)] : [];
    }),
  );
  return marked.flat();
}
