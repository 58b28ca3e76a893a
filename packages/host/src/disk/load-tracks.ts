import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostPaths } from './host-paths.ts';
import { type TrackRecord, trackRecordSchema } from './track-record.ts';
import { UNFINISHED_SUFFIX } from './write-atomically.ts';

/** How long the fence of a track without revisions is remembered: no order is under way for so long. */
const EMPTY_TRACK_KEPT_MS = 30 * 24 * 3_600_000;

/** A state file that cannot be used. Its processes are left alone, and orders for its track are refused. */
export interface UnreadableTrack {
  readonly track: string;
  readonly path: string;
  readonly fault: string;
}

/** Reads every track of a host; one broken file costs one track and not the host. */
export async function loadTracks(
  paths: HostPaths,
  now: number,
): Promise<{ records: readonly TrackRecord[]; unreadable: readonly UnreadableTrack[] }> {
  const records: TrackRecord[] = [];
  const unreadable: UnreadableTrack[] = [];
  for (const name of await readdir(paths.stateFolder)) {
    const path = join(paths.stateFolder, name);
    if (name.endsWith(UNFINISHED_SUFFIX)) await rm(path, { force: true });
    if (!name.endsWith('.json')) continue;
    const loaded = await loadTrack(path, decodeURIComponent(name.slice(0, -'.json'.length)));
    if ('fault' in loaded) unreadable.push(loaded);
    else if (await isForgettable(loaded, path, now)) await rm(path, { force: true });
    else records.push(loaded);
  }
  return { records, unreadable };
}

async function loadTrack(path: string, track: string): Promise<TrackRecord | UnreadableTrack> {
  try {
    const parsed = trackRecordSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    if (!parsed.success)
      return { track, path, fault: parsed.error.issues[0]?.message ?? 'not a track record' };
    if (parsed.data.track !== track)
      return { track, path, fault: `it is about the track ${parsed.data.track}` };
    return parsed.data;
  } catch (error) {
    return { track, path, fault: error instanceof Error ? error.message : String(error) };
  }
}

async function isForgettable(record: TrackRecord, path: string, now: number): Promise<boolean> {
  if (Object.keys(record.revisions).length > 0) return false;
  return now - (await stat(path)).mtimeMs > EMPTY_TRACK_KEPT_MS;
}
