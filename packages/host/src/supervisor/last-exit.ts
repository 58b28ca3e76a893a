import { open, stat } from 'node:fs/promises';
import type { RevisionRun } from '@sluice/protocol/host/host-schema.ts';
import { resolveSecrets } from './environment.ts';
import { redact } from './redact.ts';

/** Which part of an instance's log one start of it wrote. */
export interface StartLog {
  readonly file: string;
  /** Size of the log when the process was started, in bytes; null when an earlier host process started it. */
  readonly from: number | null;
  /** When the process was started, ms since the epoch. */
  readonly startedAt: number;
}

/** Longest log line that is quoted, in characters. */
const QUOTED_LENGTH = 300;
/** Lines at the end of a log among which the telling one is looked for; runtimes print stacks after it. */
const LINES_READ = 30;
/** The most that is read for them, in bytes. */
const BYTES_READ = 64 * 1024;
/** How runtimes name what ended a program: Node, Python, Go, Java, Rust, shells. */
const TELLING = /(error|exception|panic|fatal|not found|denied|cannot)\b/i;
/** A stack frame repeats the word and says less. */
const FRAME = /^\s+at\s|^\s*File "/;
/** What runtimes print below what they have to say. */
const TRAILER = /^Node\.js v\d/;

/**
 * How a process ended and the line that says why, for people: the last one of this very start that names an error,
 * else its last one. Values of its secrets are blotted out.
 */
export async function describeExit(
  how: string,
  log: StartLog,
  secrets: RevisionRun['secrets'],
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<string> {
  const line = await lastWords(log).catch(() => '');
  const shown = await withoutSecrets(line.trim(), secrets, environment);
  return shown === '' ? how : `${how}: ${shown.slice(0, QUOTED_LENGTH)}`;
}

/** Text that a program of a revision wrote, without the values of the revision's secrets as they are now. */
export async function withoutSecrets(
  text: string,
  secrets: RevisionRun['secrets'],
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<string> {
  const values: string[] = [];
  for (const [name, reference] of Object.entries(secrets)) {
    const resolved = await resolveSecrets({ [name]: reference }, environment);
    if (resolved.ok) values.push(...Object.values(resolved.value));
  }
  return redact(text, values);
}

async function lastWords({ file, from, startedAt }: StartLog): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  // Where this start begins is not known of an adopted process: when it wrote anything, the very end is its own.
  if (from === null && mtimeMs < startedAt) return '';
  // A log that is shorter than it was has been rotated since, and then all of it was written by this start.
  const lines = await linesOf(file, from === null || size < from ? 0 : from, size);
  const words = lines.filter((line) => line.trim() !== '' && !FRAME.test(line) && !TRAILER.test(line));
  const telling = from === null ? undefined : words.findLast((line) => TELLING.test(line));
  return telling ?? words.at(-1) ?? '';
}

/** The last lines of the part of a file between two places. */
async function linesOf(path: string, from: number, to: number): Promise<readonly string[]> {
  const begin = Math.max(from, to - BYTES_READ);
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(to - begin), 0, to - begin, begin);
    const lines = buffer.subarray(0, bytesRead).toString('utf8').trimEnd().split('\n');
    // Of a line that begins before, a secret may stand there in part, which nobody would know.
    return (begin > from ? lines.slice(1) : lines).slice(-LINES_READ);
  } finally {
    await file.close();
  }
}
