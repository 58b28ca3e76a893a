import { open } from 'node:fs/promises';
import type { ServerAccount } from './server-account.ts';
import { isTraversableBy } from './traversal.ts';

/** A directory that a child process receives open as descriptor 3. */
export interface InheritedDirectory {
  /** To be passed as the fourth entry of `stdio`. */
  readonly descriptor: number;
  /** How the child names the directory. */
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Opens a directory for a child that runs as another user. Where that user may not enter a parent (root's home, a 0700
 * temporary folder), the child names it through its own descriptor, which needs no permission on the parents. The
 * alternatives were to open other people's folders or to keep the data somewhere else than asked.
 */
export async function inheritDirectory(
  account: ServerAccount,
  directory: string,
): Promise<InheritedDirectory> {
  const handle = await open(directory, 'r');
  const path = (await isTraversableBy(account, directory)) ? directory : '/proc/self/fd/3';
  return { descriptor: handle.fd, path, close: () => handle.close() };
}
