import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BundleStore, bundleStore } from './bundle-store.ts';
import { releasedSource, type Source } from './source-folder.ts';

const HOUR_MS = 3_600_000;
let folder: string;
let source: string;
let root: string;
let store: BundleStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-bundles-'));
  source = join(folder, 'source');
  root = join(folder, 'bundles');
  store = bundleStore(root);
  await mkdir(join(source, 'lib'), { recursive: true });
  await writeFile(join(source, 'server.js'), 'serve(1)');
  await writeFile(join(source, 'lib', 'pages.js'), 'pages');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const keep = async (from = source): Promise<string> => store.keep(from, await store.digest(from));
const copies = (): Promise<string[]> => readdir(root);

it('keeps a copy that later changes of the source do not reach', async () => {
  const place = await keep();
  expect(place).toBe(store.directory(await store.digest(source)));
  await writeFile(join(source, 'server.js'), 'serve(2)');
  expect(await readFile(join(place, 'server.js'), 'utf8')).toBe('serve(1)');
  expect(await readFile(join(place, 'lib', 'pages.js'), 'utf8')).toBe('pages');
});

it('stores the same content once, wherever it comes from and when', async () => {
  const twin = join(folder, 'twin');
  await mkdir(join(twin, 'lib'), { recursive: true });
  await writeFile(join(twin, 'lib', 'pages.js'), 'pages');
  await writeFile(join(twin, 'server.js'), 'serve(1)');
  const places = await Promise.all([keep(), keep(), keep(twin)]);
  expect(new Set(places).size).toBe(1);
  expect(await copies()).toHaveLength(1);
});

it.each<[string, () => Promise<void>]>([
  ['content', () => writeFile(join(source, 'server.js'), 'serve(2)')],
  ['another name', () => writeFile(join(source, 'more.js'), '')],
  ['what may be executed', () => chmod(join(source, 'server.js'), 0o755)],
  ['where a link leads', () => symlink('server.js', join(source, 'start'))],
])('another digest comes with %s', async (_, change) => {
  const before = await store.digest(source);
  await change();
  expect(await store.digest(source)).not.toBe(before);
});

it('keeps what may be executed, and links as links', async () => {
  await writeFile(join(source, 'start.sh'), '#!/bin/sh\n', { mode: 0o755 });
  await symlink('lib/pages.js', join(source, 'current'));
  await symlink('nowhere', join(source, 'dangling'));
  const place = await keep();
  expect((await lstat(join(place, 'start.sh'))).mode & 0o111).toBe(0o111);
  expect((await lstat(join(place, 'server.js'))).mode & 0o111).toBe(0);
  expect(await readlink(join(place, 'current'))).toBe('lib/pages.js');
  expect(await readlink(join(place, 'dangling'))).toBe('nowhere');
});

it('leaves history and its own state out, at any depth', async () => {
  const before = await store.digest(source);
  for (const place of ['.git', '.sluice', join('lib', '.git')]) {
    await mkdir(join(source, place));
    await writeFile(join(source, place, 'state'), 'changes all the time');
  }
  expect(await store.digest(source)).toBe(before);
  const place = await keep();
  expect((await readdir(place)).toSorted()).toEqual(['lib', 'server.js']);
  expect(await readdir(join(place, 'lib'))).toEqual(['pages.js']);
});

describe('what a release leaves out', () => {
  const TEXT = `
application: shop
components:
  web: { run: node server.js, secrets: { A: { file: secrets/a } } }
  api: { run: node api.js, secrets: { B: { file: b } } }
environments:
  staging:
  production: { components: { web: { secrets: { C: { file: linked/c } } } } }
`;
  const release = (folder = source, file = 'sluice.yaml') =>
    releasedSource(folder, { text: TEXT, file, baseDirectory: folder });
  const kept = async (from: Source) => {
    const place = await store.keep(from, await store.digest(from));
    return (await readdir(place, { recursive: true })).toSorted();
  };

  beforeEach(async () => {
    for (const place of ['secrets', 'kept']) await mkdir(join(source, place));
    await symlink('kept', join(source, 'linked'));
    for (const secret of [join('secrets', 'a'), 'b', join('kept', 'c')])
      await writeFile(join(source, secret), 'the word is swordfish');
    await writeFile(join(source, 'sluice.yaml'), TEXT);
  });

  it('is every secret of every component and environment, by its real path, and the application file', async () => {
    await writeFile(join(source, 'kept', 'page'), 'a page');
    expect(await kept(release())).toEqual([
      'kept',
      join('kept', 'page'),
      'lib',
      join('lib', 'pages.js'),
      'linked',
      join('linked', 'page'),
      'server.js',
    ]);
  });

  it('is left out of the hash too', async () => {
    const before = await store.digest(release());
    await writeFile(join(source, 'b'), 'another word');
    await writeFile(join(source, 'sluice.yaml'), `${TEXT}# another strategy`);
    expect(await store.digest(release())).toBe(before);
  });

  it('is found where the folder is reached by a link, and where links lead to it', async () => {
    await symlink(source, join(folder, 'current'));
    await symlink('secrets/a', join(source, 'shortcut'));
    await rm(join(source, 'b'));
    await symlink(join(folder, 'vault'), join(source, 'b'));
    await writeFile(join(folder, 'vault'), 'the word is swordfish');
    const through = await kept(release(join(folder, 'current')));
    expect(through).toEqual(['lib', join('lib', 'pages.js'), 'linked', 'server.js']);
    expect(await store.digest(release(join(folder, 'current')))).toBe(await store.digest(release()));
  });

  it('is the file that was named, and what is beside it by the usual names', async () => {
    await writeFile(join(source, 'sluice.production.yaml'), TEXT);
    await writeFile(join(source, 'sluice.yml'), TEXT);
    const paths = await kept(release(source, '../source/sluice.production.yaml'));
    expect(paths.filter((path) => path.startsWith('sluice'))).toEqual([]);
  });

  it('is not what has the same name elsewhere', async () => {
    await mkdir(join(source, 'samples'));
    for (const name of ['sluice.yaml', 'b']) await writeFile(join(source, 'samples', name), 'a sample');
    const paths = await kept(release());
    expect(paths).toContain(join('samples', 'sluice.yaml'));
    expect(paths).toContain(join('samples', 'b'));
  });

  it('is the state of the control plane, wherever it lies and however it is reached', async () => {
    await mkdir(join(source, 'state', 'host'), { recursive: true });
    await writeFile(join(source, 'state', 'host', 'table.json'), '{}');
    await symlink(join(source, 'state'), join(folder, 'machine'));
    const limits = { bytes: 1e6, files: 100, ownFolder: join(folder, 'machine') };
    store = bundleStore(root, { limits });
    expect((await kept(source)).filter((path) => path.startsWith('state'))).toEqual([]);
  });
});

it('refuses a source that changed while it was copied, and leaves nothing of it', async () => {
  const promised = await store.digest(source);
  await writeFile(join(source, 'server.js'), 'serve(2)');
  await expect(store.keep(source, promised)).rejects.toMatchObject({
    code: 'conflict',
    next: 'retry',
    message: `${source} changed while it was copied`,
  });
  expect(await copies()).toEqual([]);
});

it('refuses a source with too many files or bytes, and says what to do', async () => {
  const few = bundleStore(root, { limits: { files: 1, bytes: 100 } });
  await expect(few.digest(source)).rejects.toMatchObject({
    code: 'exhausted',
    next: 'stop',
    message: `the source folder ${source} is too large (more than 1 files); point \`source\` at a smaller one`,
  });
  const small = bundleStore(root, { limits: { files: 2, bytes: 3 * 1024 ** 2 } });
  await expect(small.digest(source)).resolves.toMatch(/^[0-9a-f]{32}$/);
  await writeFile(join(source, 'server.js'), Buffer.alloc(4 * 1024 ** 2));
  await expect(small.digest(source)).rejects.toThrow('is too large (4 MiB)');
});

it.each(['missing', 'server.js'])('says which source folder cannot be read: %s', async (name) => {
  const absent = join(source, name);
  await expect(store.digest(absent)).rejects.toMatchObject({
    name: 'SluiceError',
    code: 'not-found',
    next: 'stop',
    message: `the source folder ${absent} cannot be read; check \`source\` in the file`,
  });
});

it('prunes what is not in use, and what a killed process left behind', async () => {
  const used = await store.digest(source);
  await keep();
  await writeFile(join(source, 'server.js'), 'serve(2)');
  await keep();
  await mkdir(join(root, '.draft-of-a-killed-process'));
  await laterBy(HOUR_MS + 60_000).prune(new Set([used]));
  expect(await copies()).toEqual([used]);
});

it('does not prune a copy that was just made or asked for, whose revision may not be stored yet', async () => {
  const digest = await store.digest(source);
  await keep();
  await laterBy(HOUR_MS - 60_000).prune(new Set());
  expect(await copies()).toEqual([digest]);
  await laterBy(2 * HOUR_MS).keep(source, digest);
  await laterBy(2 * HOUR_MS + 60_000).prune(new Set());
  expect(await copies()).toEqual([digest]);
  await laterBy(4 * HOUR_MS).prune(new Set());
  expect(await copies()).toEqual([]);
});

it('has nothing to prune before its first copy', async () => {
  await expect(store.prune(new Set())).resolves.toBeUndefined();
});

/** The same store at a later time. */
const laterBy = (ms: number): BundleStore => bundleStore(root, { now: () => Date.now() + ms });
