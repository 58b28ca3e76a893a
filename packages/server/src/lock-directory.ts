import { statSync } from 'node:fs';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { DIRECTORY_IN_USE_EXIT } from '@sluice/protocol/process/announcement.ts';
import { takeName } from './store/embedded/launch-lock.ts';

/** What a control plane ends with when another one works in its directory. */
export const DIRECTORY_IN_USE = DIRECTORY_IN_USE_EXIT;

/**
 * Takes a directory for this process alone, until it ends in whatever way, or refuses because another control plane has
 * it: `server.json` has room for one, so that a second one would be found by nobody.
 */
export async function lockDirectory(directory: string): Promise<Result<undefined>> {
  const { dev, ino } = statSync(directory, { bigint: true });
  if (await takeName(`sluice-server-${dev}-${ino}`)) return ok(undefined);
  return refuse(
    'control-plane-already-running',
    `Another control plane already uses ${directory}.`,
    'Stop that one first (its process id is in server.json), or choose another --directory.',
  );
}
