/**
 * Purpose: where the workers that a host starts find the token that lets them in.
 *
 * The control plane writes it and renews it long before it ends; the host says where it is, and workers read it whenever they
 * speak. So it is no part of any order, and nothing is restarted for it.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replacePrivately } from './private-file.ts';

/** The variable by which programs find the file with their token. */
export const TOKEN_FILE_VARIABLE = 'SLUICE_TOKEN_FILE';

/** The file of a track below the directory of the host. Its folder holds nothing else, so that a sandbox can be shown it. */
export const workerTokenFile = (hostDirectory: string, track: string): string =>
  join(hostDirectory, 'worker-tokens', encodeURIComponent(track), 'token');

/** Makes the folder of a token, which only its owner enters. */
export async function makeTokenFolder(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
}

/** What lies there; null when nothing does. */
export async function readTokenFile(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '';
    throw thrown;
  });
  return text.trim() || null;
}

/** Puts a token there; whoever reads meanwhile finds the one before or this one. */
export async function putTokenFile(file: string, token: string): Promise<void> {
  await makeTokenFolder(file);
  await replacePrivately(file, `${token}\n`);
}
