/**
 * Purpose: where a daemon's log lines go. Logging never ends a daemon and never makes it wait.
 *
 * Owns the lines that wait, and the file when it was named by path.
 *
 * 1. `write` returns at once and never throws, whatever the disk, the reader of a pipe or the file does.
 * 2. Lines leave in the order in which they came, and no line begins in the middle of another.
 * 3. What waits is bounded; what does not fit, or cannot be written, is dropped and counted.
 * 4. Once writing works again, one line says how many were lost and why.
 * 5. A file that was named by path is bounded: it is rotated when it has outgrown its limit.
 */
import { type Stats, closeSync, fstatSync, openSync, statSync, write as writeToFile } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { LOG_LIMIT_BYTES, rotateLog } from './rotate-log.ts';

/** Where whole lines, each with its line feed, are written to. */
export interface LineSink {
  write(line: string): void;
  /** Resolves when nothing waits any more, at the latest after `withinMs`; never rejects. */
  flush(withinMs: number): Promise<void>;
}

/** What is written to, and how. */
export interface LineSinkOptions {
  /** A descriptor that is open for writing; where `path` is given, the one to fall back to when it cannot be opened. */
  readonly fd: number;
  /** A file to append to instead; it is rotated. */
  readonly path?: string | undefined;
  /** Size from which the file is rotated, in bytes. */
  readonly limitBytes?: number;
  /** The line, with its line feed, that says how many lines were lost and why. */
  readonly lossLine: (lines: number, reason: string) => string;
  /** Writes to a descriptor; tests give another. */
  readonly write?: WriteBytes;
}

/** Writes bytes to a descriptor and tells how many it took. */
export type WriteBytes = (
  fd: number,
  bytes: Buffer,
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
) => void;

/** What may wait to be written, in bytes: a burst of some thousands of lines. */
const WAITING_BYTES = 1024 * 1024;
const OVERFLOW = 'they came faster than they could be written';
/** A pipe that is full and does not block says so; its reader is given this long, in milliseconds. */
const BUSY_WAIT_MS = 50;
const BUSY_TRIES = 20;
/** A file that could not be rotated is tried again when it has grown by so much, in bytes. */
const ROTATE_AGAIN_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

/** Opens a sink; never throws. */
export function lineSink(options: LineSinkOptions): LineSink {
  const file = openedFile(options);
  const write = options.write ?? writeToFile;
  const state: SinkState = { lines: [], bytes: 0, lost: 0, reason: '', torn: false };
  let work: Promise<void> | undefined;
  const drain = async (): Promise<void> => {
    for (let batch = nextBatch(state, options); batch; batch = nextBatch(state, options)) {
      const failed = await writeAll(write, file.fd(), batch.bytes);
      settle(state, batch, failed);
      await file.bound().catch(() => undefined);
      // Without this, a disk that stays full would be asked again and again without a new line.
      if (failed && state.lines.length === 0) break;
    }
    work = undefined;
  };
  return {
    write: (line) => {
      keep(state, line);
      work ??= drain();
    },
    flush: async (withinMs) => {
      if (work) await Promise.race([work, wait(withinMs, undefined, { ref: false })]);
    },
  };
}

interface SinkState {
  lines: string[];
  /** Of the lines that wait. */
  bytes: number;
  lost: number;
  reason: string;
  /** The last write ended in the middle of a line. */
  torn: boolean;
}

function keep(state: SinkState, line: string): void {
  const bytes = Buffer.byteLength(line);
  if (state.bytes + bytes > WAITING_BYTES) {
    state.lost += 1;
    state.reason = OVERFLOW;
    return;
  }
  state.lines.push(line);
  state.bytes += bytes;
}

interface Batch {
  readonly bytes: Buffer;
  /** Lines in it that were asked for; they are lost when it cannot be written. */
  readonly lines: readonly string[];
  /** Lost lines of which its beginning tells. */
  readonly told: number;
  /** Length of that beginning. */
  readonly toldBytes: number;
}

/** Everything that waits, and word of what was lost before it; undefined when there is neither. */
function nextBatch(state: SinkState, { lossLine }: LineSinkOptions): Batch | undefined {
  const { lines, lost: told } = state;
  if (lines.length === 0 && told === 0) return undefined;
  const before = `${state.torn ? '\n' : ''}${told > 0 ? lossLine(told, state.reason) : ''}`;
  state.lines = [];
  state.bytes = 0;
  const bytes = Buffer.from(before + lines.join(''));
  return { bytes, lines, told, toldBytes: Buffer.byteLength(before) };
}

interface FailedWrite {
  readonly reason: string;
  readonly written: number;
}

function settle(state: SinkState, batch: Batch, failed: FailedWrite | undefined): void {
  const { bytes, lines, told, toldBytes } = batch;
  const written = failed?.written ?? bytes.length;
  if (written > 0) state.torn = bytes[written - 1] !== LINE_FEED;
  if (written >= toldBytes) state.lost -= told;
  if (!failed) return;
  state.lost += linesBeyond(bytes, lines, written);
  state.reason = failed.reason;
}

/** How many of the last lines of a batch have not been written whole. */
function linesBeyond(bytes: Buffer, lines: readonly string[], written: number): number {
  let end = bytes.length;
  let count = 0;
  for (const line of lines.toReversed()) {
    if (end <= written) break;
    end -= Buffer.byteLength(line);
    count += 1;
  }
  return count;
}

async function writeAll(write: WriteBytes, fd: number, bytes: Buffer): Promise<FailedWrite | undefined> {
  let written = 0;
  for (let busy = 0; written < bytes.length; ) {
    const step = await writeSome(write, fd, bytes.subarray(written));
    written += step.written;
    if (!step.error) continue;
    const isBusy = step.error.code === 'EAGAIN' && busy < BUSY_TRIES;
    if (!isBusy) return { reason: step.error.message, written };
    busy += 1;
    await wait(BUSY_WAIT_MS, undefined, { ref: false });
  }
  return undefined;
}

interface WriteStep {
  readonly written: number;
  readonly error: NodeJS.ErrnoException | null;
}

function writeSome(write: WriteBytes, fd: number, bytes: Buffer): Promise<WriteStep> {
  return new Promise((resolve) => {
    try {
      write(fd, bytes, (error, written) => resolve({ error, written: error ? 0 : written }));
    } catch (thrown) {
      resolve({ error: thrown instanceof Error ? thrown : new TypeError(String(thrown)), written: 0 });
    }
  });
}

interface OpenedFile {
  fd(): number;
  /** Rotates the file when it is too large; does nothing where no file was named. */
  bound(): Promise<void>;
}

function openedFile({ fd: fallback, path, limitBytes = LOG_LIMIT_BYTES }: LineSinkOptions): OpenedFile {
  const own = path === undefined ? undefined : tryOpen(path);
  if (path === undefined || own === undefined) return { fd: () => fallback, bound: async () => undefined };
  let fd = own;
  let rotateFrom = limitBytes;
  const bound = async (): Promise<void> => {
    const { size, ino } = fstatSync(fd);
    if (size <= rotateFrom) return;
    // Somebody has moved or removed the file: what we write is in nobody's way any more, and on nobody's list.
    if (statOf(path)?.ino !== ino) {
      const stale = fd;
      fd = tryOpen(path) ?? stale;
      if (fd !== stale) closeSync(stale);
      return;
    }
    const isRotated = await rotateLog(path, limitBytes).catch(() => false);
    rotateFrom = isRotated ? limitBytes : size + ROTATE_AGAIN_BYTES;
  };
  return { fd: () => fd, bound };
}

function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, 'a', 0o600);
  } catch {
    return undefined;
  }
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
