import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { PAGE } from './dashboard-files.ts';

/** Where the dashboard is made of what. */
export interface DashboardFolders {
  /** The package: its configuration lies here, and what is built in `dist`. */
  readonly web: string;
  /** What goes into it; none of them is there where only what was built was delivered. */
  readonly sources: readonly string[];
}

/** A build takes less than a second; a machine that is busy with other things has a minute. */
const BUILD_TIMEOUT_MS = 60_000;

/** Whether there is nothing built, or something older than its sources. */
export async function isOutdated({ web, sources }: DashboardFolders): Promise<boolean> {
  const built = await stat(join(web, 'dist', PAGE)).catch(() => null);
  if (built === null) return true;
  const changes = await Promise.all(sources.map(lastChange));
  return Math.max(0, ...changes) > built.mtimeMs;
}

async function lastChange(path: string): Promise<number> {
  const known = await stat(path).catch(() => null);
  if (known === null) return 0;
  if (!known.isDirectory()) return known.mtimeMs;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.includes('.test.'));
  const times = await Promise.all(
    files.map(
      async ({ parentPath, name }) => (await stat(join(parentPath, name)).catch(() => null))?.mtimeMs,
    ),
  );
  return Math.max(0, ...times.map((time) => time ?? 0));
}

/**
 * Builds the dashboard into `dist`. It is built beside and put in place as a whole, so that of two servers that build at
 * once neither serves half of it.
 * @throws SluiceError when that does not succeed, with what the builder said
 */
export async function buildDashboard({ web }: DashboardFolders): Promise<void> {
  const beside = join(web, 'dist', `.${randomUUID()}`);
  const vite = builderOf(web);
  const said = await run([vite, 'build', '--outDir', beside, '--logLevel', 'warn', '--config', config(web)]);
  if (said !== null || !existsSync(join(beside, PAGE))) {
    await rm(beside, { recursive: true, force: true });
    throw unbuilt(said ?? 'the builder wrote no page');
  }
  await putInPlace(beside, join(web, 'dist'));
}

const config = (web: string): string => join(web, 'vite.config.ts');

function builderOf(web: string): string {
  try {
    const require = createRequire(join(web, 'package.json'));
    return join(require.resolve('vite/package.json'), '..', 'bin', 'vite.js');
  } catch (cause) {
    throw unbuilt('what builds it is not installed', cause);
  }
}

/** Null when it ended well, else what it said. */
function run(command: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: BUILD_TIMEOUT_MS,
      // Whatever this process is started for: anything else would build the slow React of developers, and leave it there.
      env: { ...process.env, NODE_ENV: 'production' },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-4000);
      });
    }
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (code) => resolve(code === 0 ? null : said.trim() || `it ended with ${code}`));
  });
}

/** Files with hashes in their names first, then the page that names them; old ones stay for pages that are open. */
async function putInPlace(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(from.length + 1))
    .sort((a, b) => Number(a === PAGE) - Number(b === PAGE));
  for (const file of files) {
    await mkdir(join(to, file, '..'), { recursive: true });
    await rename(join(from, file), join(to, file));
  }
  await rm(from, { recursive: true, force: true });
}

const unbuilt = (why: string, cause?: unknown): SluiceError =>
  new SluiceError('unsupported', `The dashboard could not be built: ${why}`, { next: 'ask-human', cause });
