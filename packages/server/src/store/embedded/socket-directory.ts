import { createHash } from 'node:crypto';
import { chmod, lchown, lstat, mkdir, realpath, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ServerAccount } from './server-account.ts';
import { isTraversableBy } from './traversal.ts';
import { errorCode } from './unless-missing.ts';

/** The port is only part of the socket's file name; nothing listens on TCP. */
export const SOCKET_PORT = 5432;

/** Linux' `sun_path` has 108 bytes, the last of them zero (unix(7)). */
const LONGEST_SOCKET_PATH_BYTES = 107;

/** Where a socket directory may be made. */
export interface SocketPlace {
  /** The embedded database's own folder; preferred. */
  readonly directory: string;
  /** Folders for temporary files, tried in this order when the path in `directory` is too long or cannot be entered. */
  readonly temporaryDirectories: readonly string[];
  readonly account: ServerAccount;
}

/**
 * Makes the folder of the server's socket, which only the server's user (and root) may enter.
 * @throws SluiceError `unsupported` when every place is too long, closed, or occupied by somebody else
 */
export async function makeSocketDirectory(place: SocketPlace): Promise<string> {
  const candidates = await socketCandidates(place);
  const reasons: string[] = [];
  for (const candidate of candidates) {
    const reason = await makePrivate(candidate, place.account);
    if (reason === undefined) return candidate;
    reasons.push(`${candidate} ${reason}`);
  }
  throw new SluiceError(
    'unsupported',
    `Starting the embedded database failed: no folder for its socket (${reasons.join('; ')}). ` +
      'Choose a shorter directory, or set TMPDIR to a short folder that others may enter.',
    { next: 'ask-human' },
  );
}

/** Removes a socket directory outside of the database's own folder; anything else stays. */
export async function removeSocketDirectory(socketDirectory: string, directory: string): Promise<void> {
  if (socketDirectory.startsWith(join(directory, '/'))) return;
  await rmdir(socketDirectory).catch(() => undefined);
}

async function socketCandidates(place: SocketPlace): Promise<string[]> {
  const own = await realpath(place.directory);
  const name = `sluice-${createHash('sha256').update(own).digest('hex').slice(0, 16)}`;
  return [join(own, 'socket'), ...place.temporaryDirectories.map((temporary) => join(temporary, name))];
}

async function makePrivate(socketDirectory: string, account: ServerAccount): Promise<string | undefined> {
  const socket = join(socketDirectory, `.s.PGSQL.${SOCKET_PORT}`);
  if (Buffer.byteLength(socket) > LONGEST_SOCKET_PATH_BYTES) return 'is too long for a socket';
  try {
    if (!(await isTraversableBy(account, dirname(socketDirectory)))) return `is closed to uid ${account.uid}`;
    await makeIfAbsent(socketDirectory);
    const found = await lstat(socketDirectory);
    if (!found.isDirectory() || !isOurs(found.uid, account)) return `belongs to uid ${found.uid}`;
    await lchown(socketDirectory, account.uid, account.gid);
    await chmod(socketDirectory, 0o700);
    return undefined;
  } catch (thrown) {
    return `cannot be made (${errorCode(thrown) ?? String(thrown)})`;
  }
}

/** The launcher owns the folder if it was killed between making it and giving it away. */
function isOurs(uid: number, account: ServerAccount): boolean {
  return uid === account.uid || uid === process.geteuid?.();
}

async function makeIfAbsent(socketDirectory: string): Promise<void> {
  try {
    await mkdir(socketDirectory, { mode: 0o700 });
  } catch (thrown) {
    if (errorCode(thrown) !== 'EEXIST') throw thrown;
  }
}
