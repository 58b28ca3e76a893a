/**
 * Purpose: keeps queues from growing without end: beyond a limit nothing is taken in until something has ended.
 *
 * Owns, in memory: how long each queue was when it was last counted, and what this server has taken in since. 1. A count is
 * good for some seconds, and then made anew beside the submits, which go on by the old one. 2. Nobody is refused by an old
 * count. 3. Whoever is let in has a place from that moment on, so that those who come at once do not all get the last one. Several servers may together go beyond the limit by what they take in meanwhile.
 */
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { latestFew } from './latest-few.ts';
import type { TaskRecords } from './task-records.ts';

/** How long a count is good for, and whoever is refused is asked to wait, in ms. */
export const ROOM_FOR_MS = 5_000;

/** What tells whether there is room. */
export interface QueueRoomPorts {
  readonly records: Pick<TaskRecords, 'countOpen'>;
  /** Milliseconds that never go back. */
  readonly elapsedMs: () => number;
  /** Most tasks of one queue that have not ended. */
  readonly limit: number;
}

/** Says, once, how many have come in of those for whom there was room. */
export type PlacesTaken = (count: number) => void;

/** Whether queues may grow. */
export interface QueueRoom {
  /** Keeps room for so many more until it is told how many came in; null when there is none. */
  keep(tenant: string, queue: TrackId, more: number): Promise<PlacesTaken | null>;
}

/** Queues whose lengths are remembered; others are counted again when something comes in. */
const MOST_QUEUES = 10_000;

interface Length {
  open: number;
  takenSince: number;
  /** Room that is kept for those who are on their way. */
  kept: number;
  countedAt: number;
  counting: Promise<void> | null;
}

/** Starts with nothing counted. */
export function queueRoom({ records, elapsedMs, limit }: QueueRoomPorts): QueueRoom {
  const lengths = latestFew<Length>(MOST_QUEUES);
  const lengthOf = (tenant: string, queue: TrackId): Length => {
    const key = JSON.stringify([tenant, queue]);
    const known = lengths.get(key);
    const length = known ?? { open: 0, takenSince: 0, kept: 0, countedAt: -Infinity, counting: null };
    if (known === undefined) lengths.set(key, length);
    return length;
  };
  const count = async (tenant: string, queue: TrackId, length: Length): Promise<void> => {
    const takenBefore = length.takenSince;
    length.open = await records.countOpen(tenant, { queue, limit });
    length.takenSince -= takenBefore;
    length.countedAt = elapsedMs();
  };
  const counted = (tenant: string, queue: TrackId, length: Length): Promise<void> => {
    length.counting ??= count(tenant, queue, length).finally(() => {
      length.counting = null;
    });
    return length.counting;
  };
  /** Room is kept in the moment in which it is seen. */
  const keeps = (length: Length, more: number): boolean => {
    const fits = length.open + length.takenSince + length.kept + more <= limit;
    if (fits) length.kept += more;
    return fits;
  };
  const kept = async (tenant: string, queue: TrackId, length: Length, more: number): Promise<boolean> => {
    if (elapsedMs() - length.countedAt < ROOM_FOR_MS) return keeps(length, more);
    const counting = counted(tenant, queue, length);
    // Where it could not be counted the submit goes on by the old count, and the next one has it counted again.
    counting.catch(() => undefined);
    if (length.countedAt > -Infinity && keeps(length, more)) return true;
    await counting;
    return keeps(length, more);
  };
  return {
    keep: async (tenant, queue, more) => {
      const length = lengthOf(tenant, queue);
      if (!(await kept(tenant, queue, length, more))) return null;
      return (count) => {
        length.kept -= more;
        length.takenSince += count;
      };
    },
  };
}
