import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { type RevisionId, type TrackId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import type { AgentsSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { SecretReference } from '@sluice/core/rollout/secret-reference.ts';
import type { RevisionRun, TrackStatus } from '@sluice/protocol/host/host-schema.ts';
import type { HostClient } from '../../host-client/host-client.ts';
import type { RevisionRecord } from '../revision-record.ts';
import type { Target, TargetRevision } from '../target.ts';
import { localInstances } from './local-instances.ts';

/** Where workers of agents ask for tasks. */
export interface WorkerPlaces {
  /** Empty until the server listens. */
  workerUrl(): string;
  /** For workers of a track that have no network. */
  workerSocket(track: TrackId): Promise<string>;
}

/** Takes secrets that lie neither in files nor in the environment to where the host reads them. */
export interface SecretSealing {
  /** What the host is told instead of a reference. */
  seal(
    of: Pick<RevisionRecord, 'track' | 'id'>,
    name: string,
    reference: Exclude<SecretReference, { readonly from: 'file' | 'environment' }>,
  ): Promise<RevisionRun['secrets'][string]>;
  forget(track: TrackId, revision: RevisionId): Promise<void>;
}

const NO_SEALING: SecretSealing = {
  seal: () => {
    throw new SluiceError('unsupported', 'this control plane keeps no secrets', { next: 'stop' });
  },
  forget: async () => undefined,
};

/** A server that has just started does not listen yet; the order is given again. */
function knownUrl(url: string): string {
  if (url !== '') return url;
  throw new SluiceError('unreachable', 'the control plane does not listen for workers yet', {
    next: 'retry',
  });
}

function noWorkers(): never {
  throw new SluiceError('unsupported', 'this control plane gives no tasks to workers', { next: 'stop' });
}

const NO_WORKERS: WorkerPlaces = { workerUrl: noWorkers, workerSocket: noWorkers };

/**
 * Runs revisions as processes of the host on this machine.
 *
 * @param workers where workers of agents ask for tasks
 * @param sealing how secrets reach the host that it cannot read itself
 */
export const localTarget = (
  host: HostClient,
  workers: WorkerPlaces = NO_WORKERS,
  sealing: SecretSealing = NO_SEALING,
): Target => ({
  apply: async ({ revision, instances, dedicatedPorts, generation }) =>
    host.orderRevision(revision.track, revision.id, {
      generation,
      run: await runOf(revision, workers, sealing),
      instances,
      dedicatedPorts,
    }),
  observe: async (track) => {
    const status = await host.track(track);
    return Object.fromEntries(
      Object.entries(status?.revisions ?? {}).map(([id, seen]) => [id, observed(seen)]),
    );
  },
  retire: async (track, revision, generation) => {
    await host.retireRevision(track, revision, generation);
    await sealing.forget(track, revision);
  },
  inventory: async () => {
    const tracks = await Promise.all((await host.tracks()).map((track) => host.track(track)));
    return tracks.flatMap((status) =>
      status && Object.keys(status.revisions).length > 0 ? [trackIdFrom(status.track)] : [],
    );
  },
  instances: (track) => localInstances(host, track),
  logs: async (track, revision, lines, instance) => {
    if (instance !== undefined && !/^\d{1,6}$/.test(instance))
      throw new SluiceError('not-found', `instances of a machine are numbers, not ${instance}`, {
        next: 'stop',
      });
    return host.logs(track, revision, lines, instance);
  },
});

type SeenRevision = TrackStatus['revisions'][string];

function observed(seen: SeenRevision): TargetRevision {
  const starts = seen.instances.flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt]));
  const { pool } = seen;
  return {
    generation: seen.generation,
    ordered: seen.ordered,
    // A pool that sleeps can do what was ordered: the first task wakes it.
    ready: pool?.isAsleep === true ? Math.max(seen.ready, seen.ordered) : seen.ready,
    wanted: pool && pool.workers > seen.ordered ? pool.workers : null,
    disrupted: false,
    crashLooping: seen.crashLooping,
    reason: seen.reason,
    youngestStartAt: starts.length > 0 ? Math.max(...starts) : null,
    endpoints: seen.instances
      .filter(({ state }) => state === 'ready')
      .map(({ port }) => ({ host: '127.0.0.1', port })),
  };
}

async function runOf(
  { id, track, version, component, directory }: RevisionRecord,
  workers: WorkerPlaces,
  sealing: SecretSealing,
): Promise<RevisionRun> {
  const { agents, workload, env, secrets, health, resources, drainMs } = component;
  if (workload.on !== 'machine' || directory === null)
    throw new SluiceError('unsupported', `${id} is made for a cluster; a machine cannot run it`, {
      next: 'stop',
    });
  const own = agents === undefined ? {} : await ownOfAgents(agents, track, workers);
  const read = await readableSecrets({ id, track, secrets }, sealing);
  return { version, run: workload.run, directory, env, secrets: read, health, resources, drainMs, ...own };
}

/** The secrets of a revision as the host reads them. */
async function readableSecrets(
  { id, track, secrets }: Pick<RevisionRecord, 'id' | 'track'> & Pick<ComponentSpec, 'secrets'>,
  sealing: SecretSealing,
): Promise<RevisionRun['secrets']> {
  const read = Object.entries(secrets).map(async ([name, reference]) =>
    reference.from === 'file' || reference.from === 'environment'
      ? ([name, reference] as const)
      : ([name, await sealing.seal({ id, track }, name, reference)] as const),
  );
  return Object.fromEntries(await Promise.all(read));
}

/** What only agents have: the way to their tasks, and a sandbox. */
async function ownOfAgents(
  { sandbox }: AgentsSpec,
  track: TrackId,
  workers: WorkerPlaces,
): Promise<Partial<RevisionRun>> {
  const workerUrl = knownUrl(workers.workerUrl());
  if (sandbox === undefined) return { workerUrl };
  return {
    workerUrl,
    ...(sandbox.network === 'none' ? { workerSocket: await workers.workerSocket(track) } : {}),
    sandbox: { ...sandbox, readable: [...sandbox.readable], writable: [...sandbox.writable] },
  };
}
