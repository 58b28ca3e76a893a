import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startLoad, type LoadProcess } from '@sluice/cli/commands/demo/load-process.ts';
import { startMachine, type Machine } from '@sluice/cli/machine/start-machine.ts';
import { stopMachine } from '@sluice/cli/machine/stop-machine.ts';
import { type ApiClient, apiClient } from '@sluice/protocol/http/client.ts';
import { newTokenSchema } from '@sluice/protocol/http/access.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { readAdminToken } from '@sluice/protocol/process/admin-token.ts';

/** How a version of the shop behaves, and how it goes out. */
export interface ShopRelease {
  readonly failureRate?: number;
  /** The strategy as YAML in one line. */
  readonly strategy?: string;
  /** Of the environment, as YAML in one line. */
  readonly environment?: string;
}

/** A real control plane, host and router with the example shop, for one test file. */
export interface DashboardMachine {
  readonly track: string;
  readonly api: () => ApiClient;
  readonly address: () => string;
  /** What lets the browser in as an administrator. */
  readonly adminToken: () => string;
  /** A token with a role; its name is its subject's. */
  readonly token: (name: string, role: string) => Promise<string>;
  /** Asks for a release as whoever has the token, and gives the rollout's id. */
  readonly release: (version: string, release?: ShopRelease, token?: string) => Promise<string>;
  readonly until: (condition: (track: TrackView) => boolean) => Promise<TrackView>;
  readonly load: (requestsPerSecond: number) => LoadProcess;
  readonly killServer: () => void;
  readonly up: () => Promise<void>;
  readonly down: () => Promise<void>;
}

const EXAMPLE = fileURLToPath(new URL('../../../examples/storefront/', import.meta.url));
const TRACK = 'storefront/local/web';
const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 90_000;
const QUICK = '{ canary: { phases: [{ share: 50%, hold: 2s }] } }';

const file = ({ strategy = QUICK, environment }: ShopRelease): string => `application: storefront
components:
  web:
    run: node server.mjs
    instances: 2
    health: { path: /healthz, within: 20s, interval: 300ms }
    drain: 2s
    env: { GREETING: hello }
    strategy: tried
strategies:
  tried: ${strategy}
${environment === undefined ? '' : `environments:\n  local: ${environment}\n`}`;

/** Brings it up in a folder for temporary files. */
export async function dashboardMachine(): Promise<DashboardMachine> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-dashboard-'));
  const shop = join(directory, 'shop');
  await cp(EXAMPLE, shop, { recursive: true });
  const loads: LoadProcess[] = [];
  const start = (): Promise<Machine> =>
    startMachine({
      directory,
      routerPort: 0,
      apiPort: 0,
      routerWorkers: 1,
      databaseUrl: undefined,
      lookEveryMs: 300,
    });
  let machine = await start();
  let admin = (await readAdminToken(directory)) ?? '';
  const address = (): string => `http://127.0.0.1:${machine.apiPort}`;
  const api = (token = admin): ApiClient => apiClient({ baseUrl: address(), token });
  return {
    track: TRACK,
    api: () => api(),
    address,
    adminToken: () => admin,
    token: (name, role) => makeToken({ address: address(), admin }, name, role),
    release: async (version, release = {}, token = admin) => {
      await writeFile(
        join(shop, 'release.json'),
        JSON.stringify({ failureRate: release.failureRate ?? 0, slowerMs: {} }),
      );
      const reply = await api(token).release({
        text: file(release),
        file: 'sluice.yaml',
        baseDirectory: shop,
        version,
      });
      if (!reply.ok) throw new Error(`${version} was refused: ${JSON.stringify(reply.failure)}`);
      return reply.value.rollouts[0]?.rollout?.id ?? '';
    },
    until: (condition) => untilTrack(api(), condition),
    load: (requestsPerSecond) => {
      const load = startLoad(
        join(EXAMPLE, 'load.mjs'),
        `http://127.0.0.1:${machine.routerPort}`,
        requestsPerSecond,
      );
      loads.push(load);
      return load;
    },
    killServer: () => void process.kill(machine.server.pid, 'SIGKILL'),
    up: async () => {
      machine = await start();
      admin = (await readAdminToken(directory)) ?? '';
    },
    down: async () => {
      await Promise.all(loads.map((load) => load.stop()));
      await stopMachine({ directory, keepProcesses: false });
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function makeToken(
  { address, admin }: { readonly address: string; readonly admin: string },
  name: string,
  role: string,
): Promise<string> {
  const reply = await fetch(`${address}/api/v1/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${admin}` },
    body: JSON.stringify({ name, roles: [{ role }] }),
  });
  return newTokenSchema.parse(await reply.json()).token;
}

async function untilTrack(api: ApiClient, condition: (track: TrackView) => boolean): Promise<TrackView> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await api.track(TRACK);
    if (seen.ok && condition(seen.value)) return seen.value;
    if (Date.now() > end) throw new Error(`waited in vain; last seen: ${JSON.stringify(seen)}`);
    await delay(LOOK_EVERY_MS);
  }
}
