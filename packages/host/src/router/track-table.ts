import type { Split } from '@sluice/core/traffic/split.ts';
import type { RoutePolicy } from '@sluice/protocol/host/host-schema.ts';

/** One ready instance, or one that finishes its requests and takes no new ones. */
export interface Endpoint {
  readonly revision: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly draining: boolean;
}

/** What the router does with the requests of one track. */
export interface TrackTable {
  readonly track: string;
  readonly generation: number;
  readonly route: RoutePolicy;
  readonly split: Split;
}
