import type { Logger } from 'pino';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ChannelSettings } from '@sluice/protocol/channels/channel-settings.ts';
import type { GuardedOutgoing } from '../outgoing/guarded-outgoing.ts';
import type { WriteBell } from '../rollouts/write-bell.ts';
import type { Database } from '../store/database/open-database.ts';
import type { ChannelAdapter, ReadSecret } from './channel.ts';

/** The adapter of each kind of channel that is served. */
export type ChannelAdapters = {
  readonly [Kind in ChannelSettings['kind']]?: ChannelAdapter<Extract<ChannelSettings, { kind: Kind }>>;
};

/** What telling runs over. */
export interface NotifyParts {
  readonly db: Database;
  readonly tenant: string;
  readonly log: Logger;
  readonly now: () => Instant;
  readonly outgoing: Pick<GuardedOutgoing, 'fetch' | 'connect' | 'check'>;
  readonly adapters: ChannelAdapters;
  readonly readSecret: ReadSecret;
  /** Rings when events were written, by any server. */
  readonly bell: Pick<WriteBell, 'next'>;
  /** Where the dashboard stands for its readers; null when nobody has said. */
  readonly publicUrl: string | null;
  /** Told of each attempt, for metrics. */
  readonly attempted: (kind: string, outcome: 'delivered' | 'retried' | 'dead') => void;
  readonly random?: () => number;
  /** What falls due by time is looked for so often, in ms; what is written rings the bell. */
  readonly tellEveryMs?: number;
}
