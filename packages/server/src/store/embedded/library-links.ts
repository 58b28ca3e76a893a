import { lstat, readFile, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode, unlessMissing } from './unless-missing.ts';

interface LibraryLink {
  /** Path of the file, relative to the package. */
  readonly source: string;
  /** Path of the link to it, in the same folder. */
  readonly target: string;
}

/**
 * The links that the programs need and that are missing. npm packs no symbolic links; the package's install script makes
 * them, and npm may have been told to run no scripts.
 */
export async function missingLibraryLinks(nativeDirectory: string): Promise<readonly LibraryLink[]> {
  const list = await readFile(join(nativeDirectory, 'pg-symlinks.json'), 'utf8');
  const links: LibraryLink[] = JSON.parse(list);
  const present = await Promise.all(
    links.map(({ target }) => lstat(packagePath(nativeDirectory, target)).catch(unlessMissing)),
  );
  return links.filter((_, index) => present[index] === undefined);
}

/** Makes the missing links; another process may be making the same ones. Errors are those of the file system. */
export async function addLibraryLinks(nativeDirectory: string): Promise<void> {
  for (const { source, target } of await missingLibraryLinks(nativeDirectory)) {
    await symlink(basename(source), packagePath(nativeDirectory, target)).catch(unlessPresent);
  }
}

function packagePath(nativeDirectory: string, path: string): string {
  return join(dirname(nativeDirectory), path);
}

function unlessPresent(thrown: unknown): void {
  if (errorCode(thrown) !== 'EEXIST') throw thrown;
}
