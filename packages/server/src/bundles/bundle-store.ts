import { constants, type Stats } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import {
  digestOf,
  folderOf,
  sourceEntries,
  type Source,
  SourceUnusable,
  type SourceEntry,
  type SourceLimits,
} from './source-folder.ts';

/** Immutable copies of source folders, by the hash of their content. */
export interface BundleStore {
  /** Hashes a folder without copying it. */
  digest(source: Source): Promise<string>;
  /** Copies a folder, unless a copy of the same content is there, and returns where it lies. */
  keep(source: Source, digest: string): Promise<string>;
  /** Where the copy of a digest lies. */
  directory(digest: string): string;
  /** Deletes the copies that are not in use and were not kept lately. */
  prune(inUse: ReadonlySet<string>): Promise<void>;
}

/** What a store of copies can be told. */
export interface BundleStoreOptions {
  readonly limits?: SourceLimits;
  readonly now?: () => Instant;
}

/** A release that carries more belongs into an image. */
export const SOURCE_LIMITS: SourceLimits = { bytes: 2 * 1024 ** 3, files: 100_000 };
/**
 * Copies are made before the revisions that use them are stored, and drafts before they are copies: so long nothing is
 * taken for unused. After it a draft is what a killed process left behind.
 */
const GRACE_MS = 3_600_000;

/** Opens the store in a folder, which is created when needed. */
export const bundleStore = (
  root: string,
  { limits = SOURCE_LIMITS, now = Date.now }: BundleStoreOptions = {},
): BundleStore => ({
  digest: async (source) => digestOf(folderOf(source), await sourceEntries(source, limits)),
  keep: async (source, digest) => {
    const place = join(root, digest);
    if (await exists(place)) await utimes(place, now() / 1000, now() / 1000);
    else await copy(source, { root, place, digest, limits });
    return place;
  },
  directory: (digest) => join(root, digest),
  prune: (inUse) => prune(root, inUse, now() - GRACE_MS),
});

interface NewCopy {
  readonly root: string;
  readonly place: string;
  readonly digest: string;
  readonly limits: SourceLimits;
}

/** Copied beside its place and then moved there: what is in its place is whole. */
async function copy(source: Source, { root, place, digest, limits }: NewCopy): Promise<void> {
  const folder = folderOf(source);
  await mkdir(root, { recursive: true });
  const draft = await mkdtemp(join(root, '.draft-'));
  try {
    for (const entry of await sourceEntries(source, limits)) await copyEntry(folder, draft, entry);
    const copied = await digestOf(draft, await sourceEntries(draft, limits));
    if (copied !== digest)
      throw new SourceUnusable('conflict', `${folder} changed while it was copied`, { next: 'retry' });
    await rename(draft, place).catch(async (thrown: unknown) => {
      if (!(await exists(place))) throw thrown;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function copyEntry(source: string, target: string, entry: SourceEntry): Promise<void> {
  const from = join(source, entry.path);
  const to = join(target, entry.path);
  await mkdir(dirname(to), { recursive: true });
  if (entry.kind === 'link') return symlink(await readlink(from), to);
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}

async function prune(root: string, inUse: ReadonlySet<string>, before: Instant): Promise<void> {
  const names = (await exists(root)) ? await readdir(root) : [];
  for (const name of names.filter((unused) => !inUse.has(unused))) {
    const place = join(root, name);
    const touchedAt = (await statusOf(place))?.mtimeMs;
    if (touchedAt !== undefined && touchedAt < before) await rm(place, { recursive: true, force: true });
  }
}

const exists = async (path: string): Promise<boolean> => (await statusOf(path)) !== undefined;

/** Undefined where nothing is: another replica on this machine may have been quicker. */
const statusOf = (path: string): Promise<Stats | undefined> => lstat(path).catch(() => undefined);
