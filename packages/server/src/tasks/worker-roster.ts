import type { ConnectedWorker } from './dispatcher.ts';

/** The workers that are connected to this server; those of other servers are known there. */
export interface WorkerRoster {
  connected(): readonly ConnectedWorker[];
  /**
   * Asks a worker to finish what it has, want no more and leave.
   * @returns whether it is connected here
   */
  drain(tenant: string, worker: string): boolean;
}
