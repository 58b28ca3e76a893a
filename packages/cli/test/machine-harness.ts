import { readAdminToken } from '@sluice/protocol/process/admin-token.ts';
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
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<string>;
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
  const shop = await workingCopy(join(directory, 'shop'));
  const loads: LoadProcess[] = [];
  const down = async (): Promise<void> => {
    await Promise.all(loads.map((load) => load.stop()));
    await stopMachine({ directory, keepProcesses: false });
    await rm(directory, { recursive: true, force: true });
  };
  let machine = await start(directory).catch(async (thrown: unknown) => {
    await down();
    throw thrown;
  });
  const api = apiOf(directory, () => machine.apiPort);
  return {
    ...api,
    ...watching(api, () => lastWords(directory)),
    directory,
    machine: () => machine,
    strategy: (yaml) => shop.strategy(yaml),
    release: async (version, behaviour, more = {}) => {
      const body = await shop.change(behaviour);
      const reply = await api.post('/releases', { ...body, version, by: 'test', ...more });
      if (reply.status < 300) return releaseReplySchema.parse(reply.body);
      throw new Error(`release ${version} was refused: ${JSON.stringify(reply.body)}`);
    },
    load: (requestsPerSecond) => {
      const url = `http://127.0.0.1:${machine.routerPort}`;
      const load = startLoad(join(EXAMPLE, 'load.mjs'), url, requestsPerSecond);
      loads.push(load);
      return load;
    },
    killServer: () => process.kill(machine.server.pid, 'SIGKILL'),
    up: async () => {
      machine = await start(directory);
    },
    instances: () => markedProcesses(directory),
    down,
  };
}

const start = (directory: string): Promise<Machine> =>
  startMachine({
    directory,
    routerPort: 0,
    apiPort: 0,
    routerWorkers: 1,
    databaseUrl: undefined,
    lookEveryMs: 300,
  });

/** The shop's folder, as a developer would edit it. */
async function workingCopy(folder: string) {
  await mkdir(folder);
  const original = await readFile(join(EXAMPLE, 'server.mjs'), 'utf8');
  let strategy = 'canary: { phases: [{ share: 50%, hold: 2s }] }';
  return {
    strategy: (yaml: string): void => {
      strategy = yaml;
    },
    change: async ({ failureRate = 0, slowerMs = {}, program = original }: Behaviour) => {
      await writeFile(join(folder, 'server.mjs'), program);
      await writeFile(join(folder, 'release.json'), JSON.stringify({ failureRate, slowerMs }));
      return { text: file(strategy), file: 'sluice.yaml', baseDirectory: folder };
    },
  };
}

/** What host and control plane logged last, for a failure that has to be understood. */
async function lastWords(directory: string): Promise<string> {
  const tails = ['host.log', 'server.log'].map(async (name) => {
    const text = await readFile(join(directory, name), 'utf8').catch(() => '');
    return `${name}:\n${text.trim().split('\n').slice(-12).join('\n')}`;
  });
  return (await Promise.all(tails)).join('\n');
}

type TestApi = Pick<TestMachine, 'post' | 'get' | 'track'>;

function apiOf(directory: string, port: () => number): TestApi {
  const shown = async () => ({ authorization: `Bearer ${await readAdminToken(directory)}` });
  const url = (path: string): string => `http://127.0.0.1:${port()}/api/v1${path}`;
  return {
    post: async (path, body) => {
      const headers = { 'content-type': 'application/json', ...(await shown()) };
      const reply = await fetch(url(path), { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: reply.status, body: await reply.json() };
    },
    get: async (path, more = {}) =>
      (await fetch(url(path), { headers: { ...more, ...(await shown()) } })).text(),
    track: async () =>
      trackSchema.parse(await (await fetch(url(`/tracks/${TRACK}`), { headers: await shown() })).json()),
  };
}

function watching({ track }: TestApi, logs: () => Promise<string>): Pick<TestMachine, 'until' | 'ended'> {
  const until: TestMachine['until'] = async (condition, withinMs = 60_000) => {
    const end = Date.now() + withinMs;
    for (;;) {
      const seen = await track();
      if (condition(seen)) return seen;
      const words = `${JSON.stringify(seen.explanation)} ${JSON.stringify(seen.last?.reason)}`;
      if (Date.now() > end) throw new Error(`waited in vain; last seen: ${words}\n${await logs()}`);
      await delay(LOOK_EVERY_MS);
    }
  };
  const ended: TestMachine['ended'] = async (version, withinMs) => {
    const done = (seen: TrackView): boolean =>
      seen.active === null && seen.queued.length === 0 && seen.last?.version === version;
    const { last } = await until(done, withinMs);
    if (last === null) throw new Error('a rollout that has ended is gone');
    return last;
  };
  return { until, ended };
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
