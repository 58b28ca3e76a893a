import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { Logger } from 'pino';
import type { HostClient } from '../host-client/host-client.ts';
import type { MeasuredLoad } from '../store/pools/measure-load.ts';
import type { StoredRoster } from '../store/pools/pool-rosters.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { ConnectedWorker } from '../tasks/dispatcher.ts';
import type { AttemptTimes } from './attempt-times.ts';
import type { LoadHistory } from './load-history.ts';
import type { PoolRow } from './pool-plan.ts';

/** What is kept of pools, of one tenant. */
export interface PoolRecords {
  plans(): Promise<readonly PoolRow[]>;
  put(plans: readonly Omit<PoolRow, 'applied'>[]): Promise<void>;
  applied(plan: Pick<PoolRow, 'queue' | 'revision' | 'sequence'>): Promise<void>;
  forget(plans: readonly Pick<PoolRow, 'queue' | 'revision'>[]): Promise<void>;
  putRosters(rosters: readonly StoredRoster[]): Promise<void>;
  rosters(): Promise<readonly StoredRoster[]>;
  load(queues: readonly TrackId[]): Promise<readonly MeasuredLoad[]>;
  /** Takes or keeps the right to decide. */
  lead(what: 'machine' | 'cluster'): Promise<boolean>;
}

/** What pools are kept with. */
export interface PoolPorts {
  readonly records: PoolRecords;
  /** The tracks of agents as they are now. */
  readonly tracks: () => Promise<readonly TrackState[]>;
  readonly revision: (queue: TrackId, revision: RevisionId) => Promise<RevisionRecord | null>;
  /** The host of this server; null: pools of machines are another server's business. */
  readonly host: Pick<HostClient, 'track' | 'orderPool' | 'usage'> | null;
  /** The workers that are connected to this server. */
  readonly connected: () => readonly ConnectedWorker[];
  readonly given: (worker: string) => number;
  /** Asks a worker to finish and leave; nothing when it is not connected here. */
  readonly drain: (worker: string) => void;
  readonly times: AttemptTimes;
  readonly history: LoadHistory;
  readonly now: () => Instant;
  readonly log: Logger;
}
