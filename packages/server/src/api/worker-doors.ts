import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { doorPath, openWorkerDoor, type WorkerDoor, type WorkerDoorParts } from './worker-door.ts';

/** The doors of all tracks whose workers have no network. */
export interface WorkerDoors {
  /** The path of a track's socket, which is open once this resolves. */
  open(track: TrackId): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens the doors that there were before, because workers that run look for them, and others when they are asked for.
 * @param tracks of agents; those that never had a door here are left alone
 */
export async function openWorkerDoors(
  parts: WorkerDoorParts,
  directory: string,
  tracks: readonly TrackId[],
): Promise<WorkerDoors> {
  const doors = new Map<TrackId, Promise<WorkerDoor>>();
  const open = async (track: TrackId): Promise<string> => {
    const opening = doors.get(track) ?? openWorkerDoor(parts, directory, track);
    doors.set(track, opening);
    // What failed is tried again when it is asked for again.
    opening.catch(() => doors.delete(track));
    return (await opening).path;
  };
  for (const track of tracks) if (await hadDoor(directory, track)) await open(track);
  return {
    open,
    close: async () => {
      const opened = await Promise.allSettled(doors.values());
      await Promise.all(opened.flatMap((door) => (door.status === 'fulfilled' ? [door.value.close()] : [])));
    },
  };
}

const hadDoor = (directory: string, track: TrackId): Promise<boolean> =>
  access(dirname(doorPath(directory, track))).then(
    () => true,
    () => false,
  );
