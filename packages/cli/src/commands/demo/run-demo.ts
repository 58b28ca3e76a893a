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
import { demoOutcome, type DemoOutcome } from './demo-outcome.ts';
import { demoShop, type DemoShop } from './demo-shop.ts';
import { startLoad, type LoadProcess } from './load-process.ts';

/** Who is told how it goes. */
export interface DemoAudience {
  /** Something worth a line. */
  note(words: string): void;
  /** The state of the shop's one component, several times a second. */
  show(track: TrackView): void;
  /** The whole of it. */
  ended(outcome: DemoOutcome, machine: Machine): void;
}

/** Visitors per second: enough for the judge, and little for a small machine. */
const REQUESTS_PER_SECOND = 250;
/** Traffic that the stable version has seen before the next release comes, in milliseconds. */
const BASELINE_MS = 4000;
const LOOK_EVERY_MS = 250;
const TRACK = 'storefront/local/web';

/**
 * Brings up a machine of its own in a folder for temporary files, releases v1, v2 and v3 of the shop under load, and
 * takes everything down when `stay` resolves, or at once when it fails or the signal aborts.
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
    const outcome = await releaseAll(audience, machine, directory, options.signal);
    audience.ended(outcome, machine);
    await options.stay();
    return outcome;
  } finally {
    await stopMachine({ directory, keepProcesses: false });
    await rm(directory, { recursive: true, force: true });
  }
}

async function releaseAll(
  audience: DemoAudience,
  machine: Machine,
  directory: string,
  signal: AbortSignal,
): Promise<DemoOutcome> {
  const shop = await demoShop(join(directory, 'shop'));
  const api = apiClient({ baseUrl: `http://127.0.0.1:${machine.apiPort}` });
  const released = (version: string): Promise<RolloutView> =>
    release({ audience, api, shop, signal }, version);
  const first = await released('v1');
  audience.note(`a load generator sends ${REQUESTS_PER_SECOND} requests a second; v1 serves them all`);
  const load = startLoad(shop.loadScript, `http://127.0.0.1:${machine.routerPort}`, REQUESTS_PER_SECOND);
  try {
    await delay(BASELINE_MS, undefined, { signal });
    const second = await released('v2');
    await delay(BASELINE_MS / 2, undefined, { signal });
    const third = await released('v3');
    return demoOutcome([first, second, third], await settled(load, signal));
  } finally {
    await load.stop();
  }
}

/** Requests that were on their way when the last rollout ended are counted too. */
async function settled(load: LoadProcess, signal: AbortSignal): Promise<ReturnType<LoadProcess['report']>> {
  await delay(1000, undefined, { signal });
  return load.stop();
}

interface Stage {
  readonly audience: DemoAudience;
  readonly api: ApiClient;
  readonly shop: DemoShop;
  readonly signal: AbortSignal;
}

const CHANGES: Readonly<Record<string, string>> = {
  v1: 'the first release',
  v2: 'a good one',
  v3: 'a bad one: 2 % of its requests fail, and the checkout is slower',
};

async function release({ audience, api, shop, signal }: Stage, version: string): Promise<RolloutView> {
  await shop.change(version);
  audience.note(`releasing ${version}: ${CHANGES[version] ?? ''}`);
  const file = { text: await shop.text(), file: 'sluice.yaml', baseDirectory: shop.directory };
  answered(await api.release({ ...file, version, by: 'demo' }));
  for (;;) {
    const track = answered(await api.track(TRACK));
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
