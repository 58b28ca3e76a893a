import type { Caller } from '@sluice/core/access/caller.ts';
import { ROLES } from '@sluice/core/access/roles.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { AccessGuard } from '../../access/access-guard.ts';

/** Whoever gets at the socket of a track's workers is one of them: its folder is private, and shown to them alone. */
export function doorGuard(track: TrackId): AccessGuard {
  const worker: Caller = {
    tenant: 'default',
    subject: `worker:${track}`,
    name: track,
    groups: [],
    grants: [{ role: 'worker', permissions: ROLES.worker, project: '*', environment: '*' }],
  };
  return {
    callerOf: async () => worker,
    mayWith: async () => ({ allowed: true, role: 'worker' }),
    tracksOf: async () => [],
  };
}
