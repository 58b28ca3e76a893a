import type { Result } from '@sluice/core/kernel/result.ts';
import type { RevisionRun } from '@sluice/protocol/host/host-schema.ts';
import type { InstanceRecord } from '../disk/track-record.ts';
import type { HostResources } from './host-resources.ts';
import { formatMark } from './process-mark.ts';

/** How an instance reaches its revision, its record and the router. */
export interface InstanceSurroundings {
  readonly track: string;
  readonly revision: string;
  readonly instance: number;
  readonly host: HostResources;
  run(): RevisionRun;
  record(): InstanceRecord;
  /** Durable when it resolves. */
  save(change: Partial<InstanceRecord>): Promise<void>;
  /** Gives a port, the previous one again when it is still free. */
  takePort(previous: number): Promise<Result<number>>;
  /** Tells the router which instances are ready; resolves when every worker knows it. */
  announce(): Promise<void>;
  /** Requests that the router still has with the instance on this port. */
  inFlight(port: number): number;
}

/** The mark of one start of an instance. */
export const markOf = ({ host, track, revision, instance }: InstanceSurroundings, nonce: string): string =>
  formatMark({ directoryHash: host.paths.directoryHash, track, revision, instance, nonce });

/** What the instance's control group is named after. */
export const cgroupOf = ({ track, revision, instance }: InstanceSurroundings): string =>
  `${track}/${revision}/${instance}`;
