import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const run = promisify(execFile);

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sluice-cache-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Starts the real command line, which must work, and gives its version. */
async function start(environment: Record<string, string>): Promise<string> {
  const { NODE_COMPILE_CACHE: _cache, NODE_DISABLE_COMPILE_CACHE: _disabled, ...others } = process.env;
  const { stdout, stderr } = await run(process.execPath, [MAIN, '--version'], {
    env: { ...others, HOME: home, XDG_CACHE_HOME: '', ...environment },
  });
  expect(stderr).toBe('');
  return stdout.trim();
}

const kept = (folder: string): Promise<readonly string[]> =>
  readdir(folder, { recursive: true }).catch(() => []);

const VERSION = /^\d+\.\d+\.\d+$/;

describe('what was compiled is kept for the next start', () => {
  test('in the cache of the user, closed to others', async () => {
    expect(await start({})).toMatch(VERSION);
    const folder = join(home, '.cache', 'sluice');
    expect((await kept(folder)).length).toBeGreaterThan(10);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await start({})).toMatch(VERSION);
  });

  test('in XDG_CACHE_HOME, where it is absolute', async () => {
    await start({ XDG_CACHE_HOME: join(home, 'elsewhere') });
    expect((await kept(join(home, 'elsewhere', 'sluice'))).length).toBeGreaterThan(10);
    await start({ XDG_CACHE_HOME: 'elsewhere' });
    expect((await kept(join(home, '.cache', 'sluice'))).length).toBeGreaterThan(10);
  });
});

describe('the command line starts as well,', () => {
  test('where no folder can be made', async () => {
    await writeFile(join(home, 'file'), '');
    expect(await start({ XDG_CACHE_HOME: join(home, 'file') })).toMatch(VERSION);
  });

  test('where the folder can be read only', async () => {
    const folder = join(home, '.cache', 'sluice');
    await mkdir(folder, { recursive: true, mode: 0o500 });
    // The machine's administrator writes there nevertheless.
    expect(await start({})).toMatch(VERSION);
  });

  test('and keeps nothing, where others may write', async () => {
    const folder = join(home, 'shared', 'sluice');
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o777);
    expect(await start({ XDG_CACHE_HOME: join(home, 'shared') })).toMatch(VERSION);
    await chmod(folder, 0o700);
    await chmod(join(home, 'shared'), 0o1777);
    expect(await start({ XDG_CACHE_HOME: join(home, 'shared') })).toMatch(VERSION);
    expect(await kept(folder)).toEqual([]);
  });

  test('and keeps nothing, where the folder is a link to another', async () => {
    const other = join(home, 'other');
    await mkdir(other);
    await mkdir(join(home, '.cache'));
    await symlink(other, join(home, '.cache', 'sluice'));
    expect(await start({})).toMatch(VERSION);
    expect(await kept(other)).toEqual([]);
  });

  test('and keeps nothing, where Node is told not to', async () => {
    expect(await start({ NODE_DISABLE_COMPILE_CACHE: '1' })).toMatch(VERSION);
    expect(await kept(join(home, '.cache', 'sluice'))).toEqual([]);
  });
});
