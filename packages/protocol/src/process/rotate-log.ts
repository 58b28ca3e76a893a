import { copyFile, rename, rm, stat, truncate } from 'node:fs/promises';

/** Size from which a log is rotated, in bytes. */
export const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
/** Files kept of each log: the one being written and the older `.1`, `.2`. */
export const LOG_FILES_KEPT = 3;

/**
 * Rotates a log that has outgrown the limit, by copy and truncate; true when it did.
 * More than one process may write straight into the file (an instance, or a dying daemon whose last words Node itself
 * prints), so it cannot be renamed away under them. The price: lines that others write between the copy and the
 * truncation are lost, and between two looks a fast writer may overshoot the limit. Appending makes later writes start
 * at the new end. Where there is no room for the copy the log stays as it is, and the error is passed on.
 */
export async function rotateLog(path: string, limitBytes = LOG_LIMIT_BYTES): Promise<boolean> {
  if ((await fileSize(path)) <= limitBytes) return false;
  for (let age = LOG_FILES_KEPT - 2; age >= 1; age--)
    await rename(`${path}.${age}`, `${path}.${age + 1}`).catch(ignoreMissing);
  await copyFile(path, `${path}.1`).catch(async (cause: unknown) => {
    await rm(`${path}.1`, { force: true });
    throw cause;
  });
  await truncate(path, 0);
  return true;
}

const fileSize = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
