import { statSync } from 'node:fs';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import { type HeldName, holdName } from './held-name.ts';

/**
 * Takes a directory for this process alone, or refuses because another process has it.
 * The lock is named after the folder's device and inode, so that two paths to one folder are one lock; it ends with
 * the process. One directory belongs to one network namespace.
 */
export async function lockDirectory(directory: string): Promise<Result<HeldName>> {
  const { dev, ino } = statSync(directory, { bigint: true });
  const held = await holdName(`sluice-host/${dev}-${ino}`);
  if (held) return ok(held);
  return refuse(
    'host-already-running',
    `Another host process already uses ${directory}.`,
    'Stop that host first (its process id is in host.json), or choose another --directory.',
  );
}
