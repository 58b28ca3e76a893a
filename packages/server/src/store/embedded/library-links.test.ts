import { mkdir, mkdtemp, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { addLibraryLinks, missingLibraryLinks } from './library-links.ts';

async function packageWithoutLinks(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-links-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'native', 'lib'), { recursive: true });
  const links = ['libicuuc.so', 'libicuuc.so.60'].map((name) => ({
    source: 'native/lib/libicuuc.so.60.2',
    target: `native/lib/${name}`,
  }));
  await writeFile(join(root, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  return join(root, 'native');
}

it('makes the library links that a blocked install script left out', async () => {
  const native = await packageWithoutLinks();
  expect(await missingLibraryLinks(native)).toHaveLength(2);
  await addLibraryLinks(native);
  expect(await missingLibraryLinks(native)).toEqual([]);
  expect(await readlink(join(native, 'lib', 'libicuuc.so.60'))).toBe('libicuuc.so.60.2');
});

it('leaves links alone that are there, and can be run by two processes at once', async () => {
  const native = await packageWithoutLinks();
  await symlink('elsewhere', join(native, 'lib', 'libicuuc.so'));
  await Promise.all([addLibraryLinks(native), addLibraryLinks(native)]);
  expect(await readlink(join(native, 'lib', 'libicuuc.so'))).toBe('elsewhere');
  expect(await missingLibraryLinks(native)).toEqual([]);
});
