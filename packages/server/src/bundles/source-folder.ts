import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ReleaseRequest } from '@sluice/protocol/http/requests.ts';
import { leavingOut, leftOutOf, type LeavesOut } from './left-out.ts';

/** A source folder that cannot be copied as it is: not there, too large, or written to meanwhile. */
export class SourceUnusable extends SluiceError {}

/** A folder that is copied; with files of it that are left out, by absolute paths. */
export type Source = string | { readonly folder: string; readonly leftOut: readonly string[] };

/** The folder of a component as it is released: without the application file and the secrets that it names. */
export const releasedSource = (
  folder: string,
  request: Pick<ReleaseRequest, 'text' | 'file' | 'baseDirectory'>,
): Source => ({ folder, leftOut: leftOutOf(request) });

/** How much a source folder may hold. */
export interface SourceLimits {
  /** A folder that is left out wherever it lies: the control plane's own, which changes all the time. */
  readonly ownFolder?: string;
  readonly bytes: number;
  readonly files: number;
}

/** A file or a link of a source folder; folders are there by what they hold. */
export interface SourceEntry {
  /** Below the folder. */
  readonly path: string;
  readonly kind: 'file' | 'link';
  readonly executable: boolean;
  readonly bytes: number;
}

/** Hexadecimal digits of a digest: 128 bits. */
const DIGITS = 32;

/** The folder of a source, as it was named. */
export const folderOf = (source: Source): string => (typeof source === 'string' ? source : source.folder);

/** Everything in a source folder by path, links as links; sockets and devices are no source. */
export async function sourceEntries(source: Source, limits: SourceLimits): Promise<readonly SourceEntry[]> {
  const named = folderOf(source);
  const root = await realpath(named).catch((cause: unknown) => unreadable(named, cause));
  const own = limits.ownFolder === undefined ? [] : [limits.ownFolder];
  const leavesOut = await leavingOut([...own, ...(typeof source === 'string' ? [] : source.leftOut)]);
  const found: SourceEntry[] = [];
  await walk({ named, root, limits, leavesOut, found }, root);
  const bytes = found.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes > limits.bytes) throw tooLarge(named, `${Math.round(bytes / 1024 ** 2)} MiB`);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The hash of what a folder holds: names, contents, and what may be executed, but no times and no owners. */
export async function digestOf(source: string, entries: readonly SourceEntry[]): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of entries) {
    const full = join(source, entry.path);
    hash.update(`${entry.kind} ${entry.executable ? 'x' : '-'} ${entry.bytes} ${entry.path}\0`);
    if (entry.kind === 'link') hash.update(await readlink(full));
    else for await (const chunk of createReadStream(full)) hash.update(chunk as Buffer);
  }
  return hash.digest('hex').slice(0, DIGITS);
}

interface Walk {
  /** As the person named it, for messages. */
  readonly named: string;
  /** Its real path, so that real paths can be compared. */
  readonly root: string;
  readonly limits: SourceLimits;
  readonly leavesOut: LeavesOut;
  readonly found: SourceEntry[];
}

async function walk(through: Walk, folder: string): Promise<void> {
  const { named, root, limits, found } = through;
  for (const item of await itemsOf(folder)) {
    const full = join(folder, item.name);
    if (await through.leavesOut(item, full)) continue;
    if (item.isDirectory()) await walk(through, full);
    else if (item.isFile()) found.push(await entryOf(root, full, 'file'));
    else if (item.isSymbolicLink()) found.push(await entryOf(root, full, 'link'));
    if (found.length > limits.files) throw tooLarge(named, `more than ${limits.files} files`);
  }
}

const itemsOf = (folder: string): Promise<readonly Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch((cause: unknown) => unreadable(folder, cause));

function unreadable(folder: string, cause: unknown): never {
  const problem = `the source folder ${folder} cannot be read; check \`source\` in the file`;
  throw new SourceUnusable('not-found', problem, { next: 'stop', cause });
}

async function entryOf(root: string, full: string, kind: SourceEntry['kind']): Promise<SourceEntry> {
  const { mode, size } = await lstat(full);
  return { path: relative(root, full), kind, executable: (mode & 0o111) !== 0, bytes: size };
}

function tooLarge(source: string, size: string): SourceUnusable {
  const problem = `the source folder ${source} is too large (${size}); point \`source\` at a smaller one`;
  return new SourceUnusable('exhausted', problem, { next: 'stop' });
}
