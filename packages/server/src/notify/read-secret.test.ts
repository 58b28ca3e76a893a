import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { secretReader } from './read-secret.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-secrets-'));
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'secrets', 'hook'), 'whsec_abc\n');
  await writeFile(join(folder, 'secrets', 'empty'), '\n');
  await writeFile(join(folder, 'private'), 'admin-token');
  await symlink(join(folder, 'private'), join(folder, 'secrets', 'link'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const reader = () =>
  secretReader({
    environment: {
      SLUICE_CHANNEL_HOOK: ' whsec_env ',
      SLUICE_CHANNEL_EMPTY: '',
      DATABASE_URL: 'postgresql://secret',
    },
    directory: join(folder, 'secrets'),
    stored: async (name) => {
      if (name === 'kept') return 'whsec_kept';
      throw new SluiceError('not-found', `no secret ${name} is kept`, { next: 'ask-human' });
    },
  });

test('a secret is read from where it lies', async () => {
  expect(await reader()({ env: 'SLUICE_CHANNEL_HOOK' })).toBe('whsec_env');
  expect(await reader()({ file: join(folder, 'secrets', 'hook') })).toBe('whsec_abc');
  expect(await reader()({ secret: 'kept' })).toBe('whsec_kept');
});

test.each([
  ['a variable that is not meant for channels', { env: 'DATABASE_URL' }, 'SLUICE_CHANNEL_'],
  ['a variable that is not set', { env: 'SLUICE_CHANNEL_OTHER' }, 'not set'],
  ['an empty variable', { env: 'SLUICE_CHANNEL_EMPTY' }, 'not set'],
  ['a secret that is not kept', { secret: 'other' }, 'no secret other'],
  ['a file elsewhere', { file: '/etc/passwd' }, 'folder of secrets'],
])('%s is not read, and no value is told', async (_, reference, words) => {
  const thrown = await reader()(reference).catch((failure: unknown) => failure);
  expect(thrown).toBeInstanceOf(SluiceError);
  expect(String(thrown)).toContain(words);
  expect(String(thrown)).not.toContain('postgresql');
});

test.each([
  'private',
  '../private',
  'secrets/../private',
  'secrets/link',
  'secrets/empty',
  'secrets',
  'secrets/none',
])('nothing but a file of the folder is read: %s', async (path) => {
  const thrown = await reader()({ file: `${folder}/${path}` }).catch((failure: unknown) => failure);
  expect(thrown).toBeInstanceOf(SluiceError);
  expect(String(thrown)).not.toContain('admin-token');
});
