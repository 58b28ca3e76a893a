/**
 * Purpose: values of secrets on their way from a control plane to the host of its machine, which reads them at each start of
 * a process.
 *
 * 1. They lie sealed, in files that only their owner reads. 2. The key lies beside them in a file of its own, so that no
 * order, state file or log of the host holds a value.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replacePrivately, writePrivately } from './private-file.ts';
import { openSealed, sealValue, SEALING_KEY_BYTES } from './sealed-value.ts';

const KEY_FILE = 'key';

/** Where a host finds the value of one secret of a revision, below its directory. */
export const sealedFile = (hostDirectory: string, track: string, revision: string, name: string): string =>
  join(hostDirectory, 'sealed', encodeURIComponent(`${track} ${revision}`), encodeURIComponent(name));

/** Seals a value into its file; one that is there is replaced as a whole. */
export async function putSealed(path: string, value: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const key = await keyOf(path, true);
  await replacePrivately(path, sealValue(key, path, Buffer.from(value)));
}

/**
 * Opens the value of a file; null when it was sealed with another key, or for another file.
 * @throws what reading the file or its key throws
 */
export async function readSealed(path: string): Promise<string | null> {
  const [key, text] = await Promise.all([keyOf(path, false), readFile(path, 'utf8')]);
  const opened = openSealed(key, path, text);
  return opened === null ? null : Buffer.from(opened).toString('utf8');
}

/** Removes all values of a revision. */
export const removeSealed = (hostDirectory: string, track: string, revision: string): Promise<void> =>
  rm(dirname(sealedFile(hostDirectory, track, revision, 'all')), { recursive: true, force: true });

/** The key of all files below one folder, which is made by whoever seals first. */
async function keyOf(path: string, mayMake: boolean): Promise<Buffer> {
  const file = join(dirname(dirname(path)), KEY_FILE);
  const present = await readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (mayMake && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  if (present !== undefined) return Buffer.from(present.trim(), 'base64');
  const made = `${file}.${randomUUID()}`;
  await writePrivately(made, `${randomBytes(SEALING_KEY_BYTES).toString('base64')}\n`);
  // Of two who make one at once the first holds: a link is never made over another.
  await link(made, file).catch(() => undefined);
  await rm(made, { force: true });
  return Buffer.from((await readFile(file, 'utf8')).trim(), 'base64');
}
