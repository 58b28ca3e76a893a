import type { RevisionRun } from '@sluice/protocol/host/host-schema.ts';
import { readTail } from '../disk/log-file.ts';
import { resolveSecrets } from './environment.ts';
import { redact } from './redact.ts';

/** Longest log line that is quoted, in characters. */
const QUOTED_LENGTH = 300;

/** How a process ended and the last line that it wrote, for people; values of its secrets are blotted out. */
export async function describeExit(
  how: string,
  logFile: string,
  secrets: RevisionRun['secrets'],
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<string> {
  const [line = ''] = await readTail(logFile, 1).catch(() => []);
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
