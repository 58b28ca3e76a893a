import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RevisionRun } from '@sluice/protocol/host/host-schema.ts';
import { writeAtomically } from '../disk/write-atomically.ts';
import { withoutSecrets } from './last-exit.ts';

/** Of one file of a log so much is kept, its end, in bytes; a file that is rotated in time has less. */
const KEPT_BYTES = 16 * 1024 * 1024;
const LOG_FILE = /^(\d+\.log)(?:\.(\d+))?$/;

/**
 * Blots the values of a revision's secrets out of what its instances have written, for good: once the revision is forgotten,
 * nobody knows any more what to blot out when its logs are shown. Nothing may write there any more. What was divided by a
 * rotation is put together before.
 */
export async function redactLogs(
  folder: string,
  secrets: RevisionRun['secrets'],
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<void> {
  if (Object.keys(secrets).length === 0) return;
  const files = (await readdir(folder).catch(() => [])).flatMap((name) => {
    const [, log, age = '0'] = LOG_FILE.exec(name) ?? [];
    return log === undefined ? [] : [{ log, age: Number(age), path: join(folder, name) }];
  });
  for (const [log, parts] of Map.groupBy(files, (file) => file.log)) {
    const oldestFirst = parts.toSorted((a, b) => b.age - a.age);
    const texts: string[] = [];
    for (const { path } of oldestFirst) texts.push(await endOf(path));
    await writeAtomically(join(folder, log), await withoutSecrets(texts.join(''), secrets, environment));
    for (const { path, age } of oldestFirst) if (age > 0) await rm(path, { force: true });
  }
}

async function endOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = Math.min(size, KEPT_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const text = buffer.subarray(0, bytesRead).toString('utf8');
    return length === size ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await file.close();
  }
}
