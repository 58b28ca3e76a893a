import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { directoryFailure } from '@sluice/server/store/embedded/directory-failure.ts';

/** As much as the first start writes before the database words its own needs. */
const PROBE_BYTES = 256 * 1024;

/**
 * Makes the directory of a machine where it is absent.
 * @throws SluiceError that says what is wrong with the folder and what to do
 */
export function makeMachineDirectory(directory: string): void {
  worded(directory, () => mkdirSync(directory, { recursive: true, mode: 0o700 }));
}

/**
 * Makes sure that processes can be started from a directory: what they write there fails later and less clearly.
 * @throws SluiceError that says what is wrong with the folder and what to do
 */
export function requireRoom(directory: string): void {
  const probe = join(directory, 'probe.new');
  worded(directory, () => {
    try {
      writeFileSync(probe, Buffer.alloc(PROBE_BYTES), { mode: 0o600, flush: true });
    } finally {
      rmSync(probe, { force: true });
    }
  });
}

/** Does something with the file system, and words its refusal for the person who chose the folder. */
export function worded<Value>(directory: string, work: () => Value): Value {
  try {
    return work();
  } catch (thrown) {
    throw directoryFailure(directory, thrown, 'Bringing Sluice up');
  }
}

/** Whether a process that could not write its last words had no room for them. */
export function isFull(directory: string): boolean {
  const { bavail } = statfsSync(directory);
  return bavail === 0;
}
