import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { rotateLog } from '@sluice/protocol/process/rotate-log.ts';
import type { Log } from '../log.ts';
import { findMarked, trackOfMark } from './process-mark.ts';
import { endTree } from './process-tree.ts';

/** What is kept in order. */
export interface Household {
  readonly directoryHash: string;
  readonly limits: { readonly logBytes: number; readonly termGraceMs: number };
  readonly log: Log;
  /** Marks that a process may carry now. */
  marks(): ReadonlySet<string>;
  /** Tracks of which nothing is known, so that none of their processes may be judged. */
  readonly unknownTracks: ReadonlySet<string>;
  logFiles(): readonly string[];
}

/** Rotates the logs that have outgrown their limit. */
export async function rotateLogs({ logFiles, limits, log }: Household): Promise<void> {
  for (const path of logFiles())
    await rotateLog(path, limits.logBytes).catch((error: unknown) => {
      log('warn', 'log not rotated', { path, reason: SluiceError.from(error, 'rotate the log').message });
    });
}

/**
 * Ends the processes that carry a mark of this directory and that nothing expects: what a host left that was killed
 * between a start and its record, or what outlived its retirement.
 * @returns how many trees were ended
 */
export async function endOrphans(household: Household): Promise<number> {
  const found = await findMarked(household.directoryHash);
  // Asked after the search: whatever was started during it has been noted before.
  const expected = household.marks();
  const orphaned = new Set(
    found.map(({ mark }) => mark).filter((mark) => !expected.has(mark) && isJudged(mark, household)),
  );
  for (const mark of orphaned) {
    const pids = found.filter((carrier) => carrier.mark === mark).map(({ pid }) => String(pid));
    household.log('warn', 'orphan ended', { mark, pids });
  }
  await Promise.all(
    [...orphaned].map((mark) => endTree({ leader: null, mark }, household.limits.termGraceMs)),
  );
  return orphaned.size;
}

function isJudged(mark: string, { unknownTracks }: Household): boolean {
  const track = trackOfMark(mark);
  return track !== undefined && !unknownTracks.has(track);
}
