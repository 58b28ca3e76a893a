import type { RevisionRun } from '@sluice/protocol/host/host-schema.ts';
import { readTail } from '../disk/log-file.ts';
import { resolveSecrets } from './environment.ts';
import { redact } from './redact.ts';

/** Longest log line that is quoted, in characters. */
const QUOTED_LENGTH = 300;

/** Lines at the end of a log among which the telling one is looked for; runtimes print stacks after it. */
const LINES_READ = 30;
/** How runtimes name what ended a program: Node, Python, Go, Java, Rust, shells. */
const TELLING = /(error|exception|panic|fatal|not found|denied|cannot)\b/i;
/** A stack frame repeats the word and says less. */
const FRAME = /^\s+at\s|^\s*File "/;

/**
 * How a process ended and the line that says why, for people: the last one that names an error, else the last one.
 * Values of its secrets are blotted out.
 */
export async function describeExit(
  how: string,
  logFile: string,
  secrets: RevisionRun['secrets'],
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<string> {
  const lines = await readTail(logFile, LINES_READ).catch(() => []);
  const line = lines.findLast((each) => TELLING.test(each) && !FRAME.test(each)) ?? lines.at(-1) ?? '';
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
