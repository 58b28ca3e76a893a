import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

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
