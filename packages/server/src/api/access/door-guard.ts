import type { Caller } from '@sluice/core/access/caller.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { AccessGuard } from '../../access/access-guard.ts';

/** What doors are guarded with. */
export interface DoorAccess {
  readonly access: AccessGuard;
  /** A worker of a track. */
  readonly workerOf: (track: TrackId) => Promise<Caller>;
}

/** Whoever gets at the socket of a track's workers is one of them: its folder is private, and shown to them alone. */
export const doorGuard = ({ access, workerOf }: DoorAccess, track: TrackId): AccessGuard => ({
  ...access,
  callerOf: () => workerOf(track),
});
