import { copyFile, type FileHandle, open, rename, stat, truncate } from 'node:fs/promises';
import { unlessMissing } from './unless-missing.ts';

/** Enough for weeks of warnings; with the previous file the log takes at most about twice this. */
const LARGEST_LOG_BYTES = 4 * 1024 * 1024;
/** How often a running server's log is measured. */
const MEASURE_EVERY_MS = 30_000;
/** Enough for the last message, its detail and its hint. */
const EXCERPT_BYTES = 2_000;

/** Opens the log for appending, after setting a full one aside as `<path>.1`. */
export async function openServerLog(path: string): Promise<FileHandle> {
  if ((await logBytes(path)) > LARGEST_LOG_BYTES) await rename(path, `${path}.1`);
  return open(path, 'a', 0o640);
}

/**
 * Measures the log of a running server now and then, and when it is full copies it to `<path>.1` and empties it. The
 * server holds the file open for appending, so that it goes on at the new beginning; renaming it would not free it.
 * @returns stops the measuring
 */
export function boundServerLog(path: string): () => void {
  const timer = setInterval(() => void emptyIfFull(path), MEASURE_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Sets a full log aside; a failure is left to the next time, as nothing depends on it. */
export async function emptyIfFull(path: string, largestBytes = LARGEST_LOG_BYTES): Promise<void> {
  try {
    if ((await logBytes(path)) <= largestBytes) return;
    await copyFile(path, `${path}.1`);
    await truncate(path, 0);
  } catch {
    // A log that cannot be cut now is measured again in half a minute.
  }
}

/** Size of the log in bytes; zero when there is none. */
export async function logBytes(path: string): Promise<number> {
  return (await stat(path).catch(unlessMissing))?.size ?? 0;
}

/** The end of what the log has gained since it had `sinceBytes`. */
export async function logSince(path: string, sinceBytes: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const start = Math.max(sinceBytes, size - EXCERPT_BYTES);
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(EXCERPT_BYTES),
      position: start,
    });
    return buffer.subarray(0, bytesRead).toString('utf8').trim();
  } finally {
    await file.close();
  }
}
