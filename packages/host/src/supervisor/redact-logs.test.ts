import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { redactLogs } from './redact-logs.ts';

const SECRETS = { PASSWORD: { from: 'environment', name: 'PASSWORD' } } as const;

async function logs(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-redact-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

test('values are blotted out for good, also such as a rotation has divided, in the log of every instance', async () => {
  const folder = await logs({
    '0.log': 'ter2\nlast\n',
    '0.log.1': 'hunter2\nit is hun',
    '1.log': 'hunter2\n',
    notes: 'hunter2',
  });
  await redactLogs(folder, SECRETS, { PASSWORD: 'hunter2' });
  expect((await readdir(folder)).toSorted()).toEqual(['0.log', '1.log', 'notes']);
  expect(await readFile(join(folder, '0.log'), 'utf8')).toBe('[secret]\nit is [secret]\nlast\n');
  expect(await readFile(join(folder, '1.log'), 'utf8')).toBe('[secret]\n');
});

test('without secrets logs stay as they are, and without logs there is nothing to do', async () => {
  const folder = await logs({ '0.log': 'b\n', '0.log.1': 'a\n' });
  await redactLogs(folder, {}, {});
  expect((await readdir(folder)).toSorted()).toEqual(['0.log', '0.log.1']);
  await redactLogs(join(folder, 'none'), SECRETS, { PASSWORD: 'hunter2' });
});
