import { readAdminToken } from '@sluice/protocol/process/admin-token.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { apiClient, type ApiClient } from '@sluice/protocol/http/client.ts';
import type { ApiReply } from '@sluice/protocol/http/api-call.ts';
import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import { startMachine, type Machine } from '../../machine/start-machine.ts';
import { stopMachine } from '../../machine/stop-machine.ts';
import { demoFleet } from './demo-fleet.ts';
import { type DemoOutcome, type DemoTasks, fleetOutcome, shopOutcome } from './demo-outcome.ts';
import { demoShop } from './demo-shop.ts';
import type { DemoSource } from './demo-source.ts';
import { startLoad, type LoadProcess } from './load-process.ts';
import { startTaskLoad } from './task-load.ts';

/** Who is told how it goes. */
export interface DemoAudience {
  /** Something worth a line. */
  note(words: string): void;
  /** The state of the one component that is released, several times a second. */
  show(track: TrackView): void;
  /** The whole of it. */
  ended(outcome: DemoOutcome, machine: Machine): void;
}

/** Visitors per second: enough for the judge, and little for a small machine. */
const REQUESTS_PER_SECOND = 250;
/** Traffic that the stable version has seen before the next release comes, in milliseconds. */
const BASELINE_MS = 4000;
const LOOK_EVERY_MS = 250;
const SHOP = 'storefront/local/web';
const FLEET = 'support/local/triage';
/** Tasks per second: a share of 5 % is four a second, of which twenty are enough to go on. */
const TASKS_PER_SECOND = 80;
/** Tasks that are on their way when the last release has ended are done within this, in milliseconds. */
const REST_MS = 20_000;

/**
 * Brings up a machine of its own in a folder for temporary files, releases v1, v2 and v3 of the shop under load and then of a
 * fleet of agents, and takes everything down when `stay` resolves, or at once when it fails or the signal aborts.
 */
export async function runDemo(
  audience: DemoAudience,
  options: { readonly signal: AbortSignal; readonly stay: () => Promise<void> },
): Promise<DemoOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  try {
    audience.note('starting control plane, host and router, with an embedded PostgreSQL');
    const machine = await startMachine({
      directory,
      routerPort: 0,
      apiPort: 0,
      routerWorkers: 1,
      databaseUrl: undefined,
      lookEveryMs: 500,
    });
    audience.note(`the shop will be at http://127.0.0.1:${machine.routerPort}`);
    audience.note(`the API is at http://127.0.0.1:${machine.apiPort}`);
    const token = (await readAdminToken(directory)) ?? '';
    audience.note(`watch it at http://127.0.0.1:${machine.apiPort}/#token=${token}`);
    const shop = await releaseShop(audience, machine, directory, options.signal);
    const agents = await releaseFleet(audience, machine, directory, options.signal);
    const outcome = { ...shop, agents };
    audience.ended(outcome, machine);
    await options.stay();
    return outcome;
  } finally {
    await stopMachine({ directory, keepProcesses: false });
    await rm(directory, { recursive: true, force: true });
  }
}

const machineApi = async ({ apiPort }: Machine, directory: string): Promise<ApiClient> =>
  apiClient({ baseUrl: `http://127.0.0.1:${apiPort}`, token: await readAdminToken(directory) });

async function releaseShop(
  audience: DemoAudience,
  machine: Machine,
  directory: string,
  signal: AbortSignal,
): Promise<Omit<DemoOutcome, 'agents'>> {
  const shop = await demoShop(join(directory, 'shop'));
  const api = await machineApi(machine, directory);
  const released = (version: string): Promise<RolloutView> =>
    release({ audience, api, source: shop, track: SHOP, changes: SHOP_CHANGES, signal }, version);
  const first = await released('v1');
  audience.note(`a load generator sends ${REQUESTS_PER_SECOND} requests a second; v1 serves them all`);
  const load = startLoad(shop.loadScript, `http://127.0.0.1:${machine.routerPort}`, REQUESTS_PER_SECOND);
  try {
    await delay(BASELINE_MS, undefined, { signal });
    const second = await released('v2');
    await delay(BASELINE_MS / 2, undefined, { signal });
    const third = await released('v3');
    return shopOutcome([first, second, third], await settled(load, signal));
  } finally {
    await load.stop();
  }
}

/** Requests that were on their way when the last rollout ended are counted too. */
async function settled(load: LoadProcess, signal: AbortSignal): Promise<ReturnType<LoadProcess['report']>> {
  await delay(1000, undefined, { signal });
  return load.stop();
}

async function releaseFleet(
  audience: DemoAudience,
  machine: Machine,
  directory: string,
  signal: AbortSignal,
): Promise<DemoTasks> {
  const fleet = await demoFleet(join(directory, 'fleet'));
  const api = await machineApi(machine, directory);
  audience.note('now a fleet of agents: two workers that triage the mails of customers');
  const released = (version: string): Promise<RolloutView> =>
    release({ audience, api, source: fleet, track: FLEET, changes: FLEET_CHANGES, signal }, version);
  const first = await released('v1');
  audience.note(`${TASKS_PER_SECOND} tasks come in a second; each revision gets its share of new ones`);
  const load = startTaskLoad(api, FLEET, { perSecond: TASKS_PER_SECOND, task: fleet.task });
  try {
    await delay(BASELINE_MS, undefined, { signal });
    const second = await released('v2');
    await delay(BASELINE_MS / 2, undefined, { signal });
    const third = await released('v3');
    const tasks = await load.stop();
    return await rested([first, second, third], tasks, { api, signal });
  } finally {
    await load.stop();
  }
}

/** Waits until the last tasks are done, but not for ever. */
async function rested(
  rollouts: readonly RolloutView[],
  tasks: number,
  { api, signal }: Pick<Stage, 'api' | 'signal'>,
): Promise<DemoTasks> {
  const until = performance.now() + REST_MS;
  for (;;) {
    const { items } = answered(await api.queues({ limit: 100 }));
    const queue = items.find(({ track }) => track === FLEET) ?? { track: FLEET, revisions: [] };
    const outcome = fleetOutcome(rollouts, tasks, queue);
    if (outcome.open === 0 || performance.now() > until) return outcome;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

interface Stage {
  readonly audience: DemoAudience;
  readonly api: ApiClient;
  readonly source: DemoSource;
  readonly track: string;
  /** What each version does differently. */
  readonly changes: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const FLEET_CHANGES: Readonly<Record<string, string>> = {
  v1: 'the first release',
  v2: 'a good one, with warmer replies',
  v3: 'a bad one: it fails of every mail that names no order',
};

const SHOP_CHANGES: Readonly<Record<string, string>> = {
  v1: 'the first release',
  v2: 'a good one',
  v3: 'a bad one: 2 % of its requests fail, and the checkout is slower',
};

async function release(
  { audience, api, source, track: id, changes, signal }: Stage,
  version: string,
): Promise<RolloutView> {
  await source.change(version);
  audience.note(`releasing ${version}: ${changes[version] ?? ''}`);
  const file = { text: await source.text(), file: 'sluice.yaml', baseDirectory: source.directory };
  answered(await api.release({ ...file, version, by: 'demo' }));
  for (;;) {
    const track = answered(await api.track(id));
    audience.show(track);
    if (track.active === null && track.last?.version === version) return track.last;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

function answered<Value>(reply: ApiReply<Value>): Value {
  if (reply.ok) return reply.value;
  const { failure } = reply;
  const words = failure.kind === 'refused' ? failure.problem.detail : JSON.stringify(failure);
  throw new SluiceError('unexpected', `the control plane did not do its part: ${words}`, { next: 'stop' });
}
