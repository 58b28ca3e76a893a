/**
 * Purpose: keeps pools over the store, and tells how agents stand.
 *
 * Owns the keeper's timer.
 */
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { Logger } from 'pino';
import type { HostClient } from '../host-client/host-client.ts';
import type { Database } from '../store/database/open-database.ts';
import { countScheduled } from '../store/pools/count-scheduled.ts';
import { measureLoad } from '../store/pools/measure-load.ts';
import { addLooks, forgetHistory, readHistory } from '../store/pools/pool-history.ts';
import { listOutcomes } from '../store/tasks/task-outcomes.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { Dispatcher } from '../tasks/dispatcher.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { agentFigures } from './agent-figures.ts';
import { attemptTimes } from './attempt-times.ts';
import type { GivenTasks } from './given-tasks.ts';
import { LoadHistory } from './load-history.ts';
import { PoolKeeper } from './pool-keeper.ts';
import type { PoolRow } from './pool-plan.ts';
import { postgresPoolRecords } from './postgres-pool-records.ts';

/** What pools run over. */
export interface PoolParts {
  readonly db: Database;
  readonly tenant: string;
  /** Names this server in what it writes. */
  readonly holder: string;
  readonly log: Logger;
  readonly now: () => Instant;
  /** Null: this server runs nothing on a machine. */
  readonly host: HostClient | null;
  /** The tracks of agents, a moment old at most. */
  readonly tracks: () => Promise<readonly TrackState[]>;
  readonly revision: (queue: TrackId, revision: RevisionId) => Promise<RevisionRecord | null>;
  readonly dispatcher: Pick<Dispatcher, 'connected'>;
  readonly given: GivenTasks;
  /** Asks a worker to finish and leave; nothing when it is not connected here. */
  readonly drain: (worker: string) => void;
  readonly metrics: Pick<Metrics, 'agentsFrom'>;
}

/** Pools that are kept. */
export interface RunningPools {
  /** Something waits in a queue. */
  heard(queue: TrackId): void;
  /** What was decided last. */
  plans(): readonly PoolRow[];
  close(): Promise<void>;
}

/** Starts to keep pools. */
export function runPools(parts: PoolParts): RunningPools {
  const { db, tenant, now, host, metrics, given, drain, log, tracks } = parts;
  const connected = () => parts.dispatcher.connected().filter((worker) => worker.tenant === tenant);
  const outcomes = (queue: TrackId, span: { since: Instant; until: Instant }) =>
    listOutcomes(db, tenant, { queue, ...span });
  const keeper = new PoolKeeper({
    ...{ tracks, host, connected, drain, now, log },
    revision: remembered(parts.revision),
    records: postgresPoolRecords(db, tenant, parts.holder),
    given: (worker) => given.of(worker),
    times: attemptTimes({ read: outcomes, now }),
    history: new LoadHistory({
      read: (queue, since) => readHistory(db, tenant, { queue, since }),
      write: (looks) => addLooks(db, tenant, looks),
      forget: (before) => forgetHistory(db, before),
    }),
  });
  const figures = agentFigures({
    ...{ tracks, outcomes, connected, host, now, plans: () => keeper.plans },
    load: (queues) => measureLoad(db, tenant, queues),
    scheduled: (queues) => countScheduled(db, tenant, queues),
  });
  metrics.agentsFrom(() => figures.read());
  const looking = setInterval(() => void figures.look().catch(() => undefined), LOOK_MS).unref();
  const tidy = setInterval(
    () => given.keep(new Set(connected().map(({ worker }) => worker))),
    FORGET_MS,
  ).unref();
  return {
    heard: (queue) => keeper.heard(queue),
    plans: () => keeper.plans,
    close: async () => {
      clearInterval(tidy);
      clearInterval(looking);
      await keeper.stop();
    },
  };
}

/** How often the processes of this machine are looked at, in ms. */
const LOOK_MS = 2_000;
/** How often workers that are gone are forgotten, in ms. */
const FORGET_MS = 60_000;

/** What a revision is does not change, so that it is read once. */
function remembered(read: PoolParts['revision']): PoolParts['revision'] {
  const known = new Map<string, RevisionRecord>();
  return async (queue, revision) => {
    const key = `${queue} ${revision}`;
    const record = known.get(key) ?? (await read(queue, revision));
    if (record) known.set(key, record);
    return record;
  };
}
