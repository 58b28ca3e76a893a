import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, rmdir } from 'node:fs/promises';

/** The folder of all groups of ours, in each hierarchy. */
export const GROUPS_FOLDER = 'sluice-sandboxes';

/** The folder name of a group: names of ours have slashes in them, and any length. */
export const groupFolder = (name: string): string =>
  createHash('sha256').update(name).digest('hex').slice(0, 24);

/** The processes that stand in a file of the kernel; none when it is not there. */
export async function pidsIn(path: string): Promise<readonly number[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).map(Number);
}

/** A count by its name in a file of the kernel; 0 when it is not there. */
export async function countIn(path: string, name: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

/** Whether a folder is gone now; one with processes in it stays. */
export const removed = (folder: string): Promise<boolean> =>
  rmdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );

/** Whether something is there. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Makes a folder unless it is there; whether this user may write into it, which another user's is not for. */
export const madeWritable = (folder: string): Promise<boolean> =>
  mkdir(folder, { recursive: true })
    .then(() => access(folder, constants.W_OK))
    .then(
      () => true,
      () => false,
    );
