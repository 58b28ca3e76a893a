import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** Bytes that a socket's path may have: `sun_path` holds 108 with the closing zero (unix(7)). */
const SOCKET_PATH_BYTES = 107;

/**
 * Where the host listens for the control plane: `host.sock` in its directory, or, when that path is too long for a
 * socket, a name made of the directory's hash in a private folder for temporary files. Clients read it in host.json.
 */
export function socketPath(directory: string): string {
  const beside = join(directory, 'host.sock');
  if (Buffer.byteLength(beside) <= SOCKET_PATH_BYTES) return beside;
  const name = `${createHash('sha256').update(directory).digest('hex').slice(0, 32)}.sock`;
  const inTemporary = join(tmpdir(), folderName(), name);
  const path =
    Buffer.byteLength(inTemporary) <= SOCKET_PATH_BYTES ? inTemporary : join('/tmp', folderName(), name);
  makePrivateFolder(join(path, '..'));
  return path;
}

const folderName = (): string => `sluice-host-${process.getuid?.() ?? 0}`;

/** A folder of that name that somebody else made could hand our socket to them, so it is not used. */
function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const isPrivate = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
  if (isPrivate) return;
  throw new SluiceError(
    'conflict',
    `The folder ${folder} for the host's socket is not private to this user. Remove it, or choose a shorter --directory.`,
    { next: 'ask-human' },
  );
}
