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

/**
 * The last lines of a log, reaching into the older file when the present one is short; none when there is no log. Lines are
 * whole, so that nothing is missed in a part of one: that of which the limit leaves a part is left out, and one that a rotation
 * has divided is put together.
 */
export async function readTail(path: string, lines: number): Promise<readonly string[]> {
  if (lines <= 0) return [];
  const recent = await endOf(path);
  if (recent.lines.length > lines || !recent.isWhole) return recent.lines.slice(-lines);
  const older = await endOf(`${path}.1`);
  const [first, ...rest] = recent.lines;
  const last = older.lines.at(-1);
  const joined =
    older.endsInLine && last !== undefined && first !== undefined
      ? [...older.lines.slice(0, -1), last + first, ...rest]
      : [...older.lines, ...recent.lines];
  return joined.slice(-lines);
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

interface LogEnd {
  readonly lines: readonly string[];
  /** They are all that there is. */
  readonly isWhole: boolean;
  /** No line feed ends the last of them. */
  readonly endsInLine: boolean;
}

async function endOf(path: string): Promise<LogEnd> {
  const size = await fileSize(path);
  if (size === 0) return { lines: [], isWhole: true, endsInLine: false };
  const length = Math.min(size, TAIL_LIMIT_BYTES);
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const found = buffer.subarray(0, bytesRead).toString('utf8').split('\n');
    const endsInLine = found.at(-1) !== '';
    if (!endsInLine) found.pop();
    const isWhole = length === size;
    return { lines: isWhole ? found : found.slice(1), isWhole, endsInLine };
  } finally {
    await file.close();
  }
}

const fileSize = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
