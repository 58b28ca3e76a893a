import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrateConnections } from './connection-migration.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-migration-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('turns on what is off, and leaves what is on', async () => {
  const setting = join(folder, 'tcp_migrate_req');
  await writeFile(setting, '0\n');
  expect(await migrateConnections(setting)).toBe('turned-on');
  expect(await readFile(setting, 'utf8')).toBe('1\n');
  expect(await migrateConnections(setting)).toBe('already-on');
});

it('goes on where the kernel has no such setting, and makes no file for it', async () => {
  const setting = join(folder, 'tcp_migrate_req');
  expect(await migrateConnections(setting)).toBe('off');
  await expect(readFile(setting)).rejects.toThrow('ENOENT');
});
