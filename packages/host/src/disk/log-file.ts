import { copyFile, mkdir, open, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Size from which a log is rotated, in bytes. */
export const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
/** Files kept per instance: the one being written and the older `.1`, `.2`. */
export const LOG_FILES_KEPT = 3;
/** Log folders of revisions that run no more, kept per track. */
export const RETIRED_LOGS_KEPT = 20;
/** The most that a reader of a tail gets, in bytes. */
const TAIL_LIMIT_BYTES = 1024 * 1024;

/** Opens a log for a process to append to; the caller closes it once the process has it. */
export async function openLog(path: string): Promise<{ fd: number; close(): Promise<void> }> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'a', 0o600);
  return { fd: file.fd, close: () => file.close() };
}

/**
 * Rotates a log that has outgrown the limit, by copy and truncate.
 * The process writes straight into the file, because a pipe to the host would kill it (SIGPIPE) when the host dies;
 * so the file cannot be renamed away under it. The price: lines written between the copy and the truncation are lost,
 * and between two looks a fast writer may overshoot the limit. Appending makes later writes start at the new end.
 */
export async function rotateLog(path: string, limitBytes = LOG_LIMIT_BYTES): Promise<boolean> {
  const size = await fileSize(path);
  if (size <= limitBytes) return false;
  for (let age = LOG_FILES_KEPT - 2; age >= 1; age--)
    await rename(`${path}.${age}`, `${path}.${age + 1}`).catch(ignoreMissing);
  await copyFile(path, `${path}.1`);
  await truncate(path, 0);
  return true;
}

/** The last lines of a log, reaching into the older file when the present one is short; none when there is no log. */
export async function readTail(path: string, lines: number): Promise<readonly string[]> {
  const recent = await lastLines(path, lines);
  if (recent.length >= lines) return recent;
  return [...(await lastLines(`${path}.1`, lines - recent.length)), ...recent];
}

/** Removes the oldest log folders of a track, sparing those of revisions that still run. */
export async function pruneLogs(trackFolder: string, running: ReadonlySet<string>): Promise<void> {
  const names = (await readdir(trackFolder).catch(() => [])).filter((name) => !running.has(name));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(trackFolder, name))).mtimeMs })),
  );
  const old = dated.sort((a, b) => b.at - a.at).slice(RETIRED_LOGS_KEPT);
  for (const { name } of old) await rm(join(trackFolder, name), { recursive: true, force: true });
}

async function lastLines(path: string, lines: number): Promise<readonly string[]> {
  const size = await fileSize(path);
  if (size === 0 || lines <= 0) return [];
  const length = Math.min(size, TAIL_LIMIT_BYTES);
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const found = buffer.subarray(0, bytesRead).toString('utf8').split('\n');
    if (found.at(-1) === '') found.pop();
    return found.slice(-lines);
  } finally {
    await file.close();
  }
}

const fileSize = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
