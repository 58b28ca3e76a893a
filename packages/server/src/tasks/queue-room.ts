/**
 * Purpose: keeps queues from growing without end: beyond a limit nothing is taken in until something has ended.
 *
 * Owns, in memory: how long each queue was when it was last counted, and what this server has taken in since. A count is good
 * for some seconds, so that a submit need not count; several servers may together go beyond the limit by what they take in
 * within that time.
 */
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { TaskRecords } from './task-records.ts';
import { rememberedFor } from './remembered-for.ts';

/** How long a count is good for, and whoever is refused is asked to wait, in ms. */
export const ROOM_FOR_MS = 5_000;

/** What tells whether there is room. */
export interface QueueRoomPorts {
  readonly records: Pick<TaskRecords, 'countOpen'>;
  readonly elapsedMs: () => number;
  /** Most tasks of one queue that have not ended. */
  readonly limit: number;
}

/** Whether queues may grow. */
export interface QueueRoom {
  /** Whether so many more may come in. */
  hasRoom(tenant: string, queue: TrackId, more: number): Promise<boolean>;
  /** So many have come in here. */
  note(tenant: string, queue: TrackId, more: number): void;
}

/** Starts with nothing counted. */
export function queueRoom({ records, elapsedMs, limit }: QueueRoomPorts): QueueRoom {
  const takenSince = new Map<string, number>();
  const keyOf = (tenant: string, queue: TrackId): string => JSON.stringify([tenant, queue]);
  const openIn = rememberedFor({
    ...{ forMs: ROOM_FOR_MS, elapsedMs },
    read: (key) => {
      const [tenant, queue] = JSON.parse(key) as [string, TrackId];
      takenSince.delete(key);
      return records.countOpen(tenant, { queue, limit });
    },
  });
  return {
    hasRoom: async (tenant, queue, more) => {
      const key = keyOf(tenant, queue);
      const open = await openIn(key);
      return open + (takenSince.get(key) ?? 0) + more <= limit;
    },
    note: (tenant, queue, more) => {
      const key = keyOf(tenant, queue);
      takenSince.set(key, (takenSince.get(key) ?? 0) + more);
    },
  };
}
