import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

/** One file of the dashboard, whole in memory: together they are less than a megabyte. */
export interface DashboardFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** The same, compressed; as they are where that saves nothing. */
  readonly gzipped: Buffer | null;
  /** Names the content, with its quotes. */
  readonly tag: string;
}

/** The built dashboard: its page, and the other files by their paths. */
export interface DashboardFiles {
  readonly page: DashboardFile;
  readonly others: ReadonlyMap<string, DashboardFile>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The name of the page among the files. */
export const PAGE = 'index.html';

const compress = promisify(gzip);

/**
 * Reads what was built; null when there is nothing. Files of a kind that a dashboard does not have are left out, and so is what
 * another server is building in a hidden folder, which goes away under whoever reads it.
 */
export async function readDashboardFiles(folder: string): Promise<DashboardFiles | null> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found = entries.filter(
    (entry) =>
      entry.isFile() && extname(entry.name) in TYPES && !isHidden(entry.parentPath.slice(folder.length)),
  );
  const read = await Promise.all(
    found.map(async ({ parentPath, name }): Promise<readonly [string, DashboardFile]> => {
      const path = join(parentPath, name);
      return [path.slice(folder.length).replaceAll('\\', '/'), await readOne(path)];
    }),
  );
  const others = new Map(read);
  const page = others.get(`/${PAGE}`);
  if (page === undefined) return null;
  others.delete(`/${PAGE}`);
  return { page, others };
}

const isHidden = (path: string): boolean => path.split(/[/\\]/).some((name) => name.startsWith('.'));

async function readOne(path: string): Promise<DashboardFile> {
  const bytes = await readFile(path);
  const gzipped = await compress(bytes, { level: constants.Z_BEST_COMPRESSION });
  return {
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    bytes,
    gzipped: gzipped.length < bytes.length ? gzipped : null,
    tag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
  };
}
