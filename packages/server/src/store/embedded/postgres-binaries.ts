import { constants } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { addLibraryLinks, missingLibraryLinks } from './library-links.ts';
import { majorVersion, type PlatformPackage } from './platform-package.ts';
import type { ServerAccount } from './server-account.ts';
import { isTraversableBy } from './traversal.ts';
import { errorCode, unlessMissing } from './unless-missing.ts';

/** Programs that the server's user can run. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly majorVersion: number;
}

const NOT_WRITABLE = ['EACCES', 'EPERM', 'EROFS'];
/** Static libraries and headers are for compiling against, a third of what would be copied. */
const NOT_NEEDED = /\.a$|\/pkgconfig$|\/include$/;

/**
 * Makes the installed programs usable by the server's user: adds missing library links in place and, when the install
 * path cannot be entered or written (root's home, a read-only folder), uses a copy in the first of `copyParents` that can.
 * @throws SluiceError `unsupported` when no folder will do
 */
export async function preparePostgresBinaries(
  installed: PlatformPackage,
  account: ServerAccount,
  copyParents: readonly string[],
): Promise<PostgresBinaries> {
  const usable = await isUsableInPlace(installed.nativeDirectory, account);
  const native = usable ? installed.nativeDirectory : await usableCopy(installed, account, copyParents);
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    majorVersion: majorVersion(installed.version),
  };
}

async function isUsableInPlace(nativeDirectory: string, account: ServerAccount): Promise<boolean> {
  if (!(await isTraversableBy(account, join(nativeDirectory, 'bin', 'postgres')))) return false;
  if ((await missingLibraryLinks(nativeDirectory)).length === 0) return true;
  try {
    await addLibraryLinks(nativeDirectory);
    return true;
  } catch (thrown) {
    if (NOT_WRITABLE.includes(errorCode(thrown) ?? '')) return false;
    throw thrown;
  }
}

async function usableCopy(
  installed: PlatformPackage,
  account: ServerAccount,
  parents: readonly string[],
): Promise<string> {
  const reasons: string[] = [];
  for (const parent of parents) {
    try {
      await requireTrusted(parent, account);
      return await copyOnce(installed, join(parent, `postgresql-${installed.version}`));
    } catch (thrown) {
      reasons.push(`${parent}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  throw new SluiceError(
    'unsupported',
    `Starting the embedded database failed: uid ${account.uid} cannot run the programs in ${installed.nativeDirectory}, and no ` +
      `folder took a copy (${reasons.join('; ')}). Install in a folder that others may enter, or set DATABASE_URL.`,
    { next: 'ask-human' },
  );
}

/** A program from a folder that somebody else may write would be somebody else's program. */
async function requireTrusted(parent: string, account: ServerAccount): Promise<void> {
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const found = await lstat(parent);
  const isOurs = found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
  if (!isOurs) throw new SluiceError('unsupported', 'others may write there', { next: 'stop' });
  if (await isTraversableBy(account, parent)) return;
  throw new SluiceError('unsupported', `uid ${account.uid} may not enter it`, { next: 'stop' });
}

async function copyOnce(installed: PlatformPackage, destination: string): Promise<string> {
  const native = join(destination, 'native');
  if ((await lstat(destination).catch(unlessMissing)) !== undefined) return native;
  const unfinished = await mkdtemp(`${destination}.`);
  try {
    await copyPrograms(installed.nativeDirectory, join(unfinished, 'native'));
    await rename(unfinished, destination);
  } catch (thrown) {
    await rm(unfinished, { recursive: true, force: true });
    if (errorCode(thrown) !== 'ENOTEMPTY' && errorCode(thrown) !== 'EEXIST') throw thrown;
  }
  return native;
}

async function copyPrograms(from: string, to: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (path) => !NOT_NEEDED.test(path),
  });
  await addLibraryLinks(to);
  await openToReaders(join(to, '..'));
}

/** npm installs with the caller's umask, which may have shut out everyone else. */
async function openToReaders(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openToReaders(path);
    else if (entry.isFile()) await chmod(path, directory.endsWith('bin') ? 0o755 : 0o644);
  }
}
