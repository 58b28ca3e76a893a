import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockDirectory } from './directory-lock.ts';

test('a directory is locked once, by whatever path, until it is released', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-lock-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink(folder, join(folder, 'alias'));
  const first = await lockDirectory(folder);
  expect(await lockDirectory(join(folder, 'alias'))).toMatchObject({
    refusal: { code: 'host-already-running' },
  });
  if (first.ok) await first.value.release();
  const again = await lockDirectory(folder);
  expect(again.ok).toBe(true);
  if (again.ok) await again.value.release();
});
