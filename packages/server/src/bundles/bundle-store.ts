import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { join, relative } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** Immutable copies of source folders, by the hash of their content. */
export interface BundleStore {
  /** Hashes a folder without copying it. */
  digest(source: string): Promise<string>;
  /** Copies a folder, unless a copy of the same content is there, and returns where it lies. */
  keep(source: string, digest: string): Promise<string>;
  /** Where the copy of a digest lies. */
  directory(digest: string): string;
  /** Deletes the copies that are not in use. */
  prune(inUse: ReadonlySet<string>): Promise<void>;
}

/** Largest source folder, in bytes; a release that carries more belongs into an image. */
export const BUNDLE_BYTES_LIMIT = 2 * 1024 ** 3;
/** Most files of one source folder. */
export const BUNDLE_FILES_LIMIT = 100_000;
/** Never part of a release: history, and Sluice's own state. */
const LEFT_OUT = new Set(['.git', '.sluice']);

interface Entry {
  readonly path: string;
  readonly kind: 'file' | 'link';
  readonly executable: boolean;
  readonly bytes: number;
}

/** Opens the store in a folder, which is created when needed. */
export const bundleStore = (root: string): BundleStore => ({
  digest: async (source) => digestOf(source, await entriesOf(source)),
  keep: (source, digest) => keep(root, source, digest),
  directory: (digest) => join(root, digest),
  prune: (inUse) => prune(root, inUse),
});

async function keep(root: string, source: string, digest: string): Promise<string> {
  const place = join(root, digest);
  if (await exists(place)) return place;
  await mkdir(root, { recursive: true });
  const draft = await mkdtemp(join(root, '.draft-'));
  try {
    const entries = await entriesOf(source);
    for (const entry of entries) await copyEntry(source, draft, entry);
    const copied = await digestOf(draft, await entriesOf(draft));
    if (copied !== digest)
      throw new SluiceError('conflict', `${source} changed while it was copied`, { next: 'retry' });
    await rename(draft, place).catch(async (thrown: unknown) => {
      if (!(await exists(place))) throw thrown;
    });
    return place;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function copyEntry(source: string, target: string, entry: Entry): Promise<void> {
  const to = join(target, entry.path);
  await mkdir(join(to, '..'), { recursive: true });
  if (entry.kind === 'link') return symlink(await readlink(join(source, entry.path)), to);
  await copyFile(join(source, entry.path), to, constants.COPYFILE_FICLONE);
}

async function entriesOf(source: string): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  await walk(source, source, found);
  const bytes = found.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes > BUNDLE_BYTES_LIMIT) throw tooLarge(source, `${Math.round(bytes / 1024 ** 2)} MiB`);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function walk(root: string, folder: string, found: Entry[]): Promise<void> {
  const names = await readdir(folder, { withFileTypes: true }).catch((thrown: unknown) => {
    throw new SluiceError(
      'not-found',
      `the source folder ${folder} cannot be read; check \`source\` in the file`,
      {
        next: 'stop',
        cause: thrown,
      },
    );
  });
  for (const name of names) {
    if (LEFT_OUT.has(name.name)) continue;
    const full = join(folder, name.name);
    if (name.isDirectory()) await walk(root, full, found);
    else if (name.isFile() || name.isSymbolicLink())
      found.push(await entryOf(root, full, name.isSymbolicLink()));
    if (found.length > BUNDLE_FILES_LIMIT) throw tooLarge(root, `more than ${BUNDLE_FILES_LIMIT} files`);
  }
}

async function entryOf(root: string, full: string, link: boolean): Promise<Entry> {
  const status = await lstat(full);
  return {
    path: relative(root, full),
    kind: link ? 'link' : 'file',
    executable: (status.mode & 0o111) !== 0,
    bytes: status.size,
  };
}

const tooLarge = (source: string, size: string): SluiceError =>
  new SluiceError(
    'exhausted',
    `the source folder ${source} is too large (${size}); point \`source\` at a smaller one`,
    {
      next: 'stop',
    },
  );

async function digestOf(root: string, entries: readonly Entry[]): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of entries) {
    const full = join(root, entry.path);
    const content = entry.kind === 'link' ? Buffer.from(await readlink(full)) : await readFile(full);
    hash.update(`${entry.kind} ${entry.executable ? 'x' : '-'} ${content.length} ${entry.path}\0`);
    hash.update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

async function prune(root: string, inUse: ReadonlySet<string>): Promise<void> {
  const names = (await exists(root)) ? await readdir(root) : [];
  for (const name of names)
    if (!inUse.has(name) && !name.startsWith('.draft-'))
      await rm(join(root, name), { recursive: true, force: true });
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
