import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** Bits of a folder's mode by which its group and others may write into it. */
const GROUP_OR_OTHERS_WRITE = 0o022;
const OTHERS_WRITE = 0o002;

/**
 * Lets Node keep what it has compiled between runs, which halves the start of the command line. What is kept is run again,
 * so that only a folder of the user's own will do: `sluice` in `XDG_CACHE_HOME` or `~/.cache`. Without one, or where it
 * cannot be written, everything is compiled anew, and nothing is said; Node itself obeys `NODE_DISABLE_COMPILE_CACHE`.
 */
export function useCompileCache(environment: Readonly<Record<string, string | undefined>>): void {
  const folder = cacheFolder(environment);
  if (isOwn(folder)) enableCompileCache(folder);
}

/** A folder that is not absolute counts as none, as the XDG Base Directory Specification has it. */
function cacheFolder({ XDG_CACHE_HOME: home = '' }: Readonly<Record<string, string | undefined>>): string {
  return join(isAbsolute(home) ? home : join(homedir(), '.cache'), 'sluice');
}

/** Whether the folder is there, made now if need be, and nobody else can put anything into it or into its place. */
function isOwn(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return isOwnFolder(folder, GROUP_OR_OTHERS_WRITE) && isOwnFolder(dirname(folder), OTHERS_WRITE);
  } catch {
    // A home that cannot be written is no reason not to start: it only takes longer.
    return false;
  }
}

function isOwnFolder(folder: string, refusedBits: number): boolean {
  const status = lstatSync(folder);
  return status.isDirectory() && status.uid === process.getuid?.() && (status.mode & refusedBits) === 0;
}
