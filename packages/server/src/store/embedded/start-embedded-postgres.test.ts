import {
  cp,
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LauncherProcess, LAUNCHER_SCRIPT, spawnLauncher } from '../testing/launcher-process.ts';
import { findPlatformPackage } from './platform-package.ts';
import {
  type EmbeddedPostgres,
  findEmbeddedPostgres,
  startEmbeddedPostgres,
} from './start-embedded-postgres.ts';
import { isTraversableBy } from './traversal.ts';

const run = promisify(execFile);
const isRoot = process.geteuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const UNKNOWN_USER = { uid: 54_321, gid: 54_321 };
const directories: string[] = [];
const launchers: LauncherProcess[] = [];

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-embedded-'));
  directories.push(directory);
  return join(directory, 'postgres');
}

function launcherIn(...spawned: Parameters<typeof spawnLauncher>): LauncherProcess {
  const launcher = spawnLauncher(...spawned);
  launchers.push(launcher);
  return launcher;
}

async function query(connectionString: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Servers outlive a failed test on purpose of the design, so that each folder used is looked through. */
const startedIn: string[] = [];
async function start(directory: string): Promise<EmbeddedPostgres> {
  startedIn.push(directory);
  return startEmbeddedPostgres({ directory });
}

let created = '';

/** A folder with a cluster that was created and stopped, copied because creating one takes a second. */
async function createdBefore(): Promise<string> {
  const directory = await newDirectory();
  await run('cp', ['--archive', created, directory]);
  return directory;
}

beforeAll(async () => {
  created = join(await mkdtemp(join(tmpdir(), 'sluice-embedded-')), 'postgres');
  const server = await startEmbeddedPostgres({ directory: created });
  await server.stop();
});

afterAll(() => rm(dirname(created), { recursive: true, force: true }));

afterEach(async () => {
  await Promise.all(launchers.splice(0).map((launcher) => launcher.kill()));
  for (const directory of startedIn.splice(0)) await (await findEmbeddedPostgres({ directory }))?.stop();
  await Promise.all(
    directories.splice(0).map((directory) => rm(directory, { recursive: true, force: true })),
  );
});

describe('the embedded PostgreSQL', () => {
  it('starts from nothing, listens on a unix socket only, is adopted, and keeps its rows over a stop', async () => {
    const directory = await newDirectory();
    const cold = await start(directory);
    expect(cold.adopted).toBe(false);
    const settings = `select current_database() as database, current_setting('listen_addresses') as tcp,
      current_setting('dynamic_shared_memory_type') as memory, current_setting('fsync') as fsync`;
    const [row] = await query(cold.connectionString, settings);
    expect(row).toEqual({ database: 'sluice', tcp: '', memory: 'mmap', fsync: 'on' });
    expect((await stat(cold.socketDirectory)).mode & 0o777).toBe(0o700);
    await query(cold.connectionString, 'create table kept as select 42 as answer');

    const again = await startEmbeddedPostgres({ directory });
    expect(again).toMatchObject({ adopted: true, pid: cold.pid, connectionString: cold.connectionString });

    await again.stop();
    expect(await findEmbeddedPostgres({ directory })).toBeUndefined();
    await cold.stop();
    const warm = await startEmbeddedPostgres({ directory });
    expect(warm.adopted).toBe(false);
    expect(await query(warm.connectionString, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('loses no acknowledged row when the server is killed in the middle of writing', async () => {
    const directory = await createdBefore();
    const server = await start(directory);
    await query(server.connectionString, 'create table written (number int primary key)');
    const client = new Client({ connectionString: server.connectionString });
    client.on('error', () => undefined);
    await client.connect();
    let acknowledged = 0;
    const writing = (async () => {
      for (;;) {
        await client.query('insert into written values ($1)', [acknowledged + 1]);
        acknowledged += 1;
        if (acknowledged === 50) process.kill(server.pid, 'SIGKILL');
      }
    })();
    await expect(writing).rejects.toThrow();

    const next = await startEmbeddedPostgres({ directory });
    expect(next).toMatchObject({ adopted: false });
    const [row] = await query(
      next.connectionString,
      'select count(*)::int as rows, max(number) as last from written',
    );
    expect(acknowledged).toBeGreaterThanOrEqual(50);
    expect(row?.['rows']).toBeGreaterThanOrEqual(acknowledged);
    expect(row?.['last']).toBe(row?.['rows']);
  });

  it('ends a busy process that outlived its killed server, and starts', async () => {
    const directory = await createdBefore();
    const server = await start(directory);
    const client = new Client({ connectionString: server.connectionString });
    client.on('error', () => undefined);
    await client.connect();
    const [{ pid }] = (await client.query('select pg_backend_pid() as pid')).rows;
    const busy = client.query(
      'select count(*) from generate_series(1, 100000000000) number where number % 7 = 8',
    );
    busy.catch(() => undefined);
    await untilTrue(async () => {
      const [row] = await query(
        server.connectionString,
        `select state = 'active' as busy from pg_stat_activity where pid = ${Number(pid)}`,
      );
      return row?.['busy'] === true;
    });
    process.kill(server.pid, 'SIGKILL');
    const next = await startEmbeddedPostgres({ directory });
    expect(await query(next.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
    await expect(busy).rejects.toThrow();
  });

  it('does not believe a postmaster.pid whose process is another program', async () => {
    const directory = await createdBefore();
    const server = await start(directory);
    const pidFile = join(directory, 'data', 'postmaster.pid');
    const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n');
    process.kill(server.pid, 'SIGKILL');
    await writeFile(pidFile, [String(process.pid), ...rest].join('\n'));
    const next = await startEmbeddedPostgres({ directory });
    expect(next.adopted).toBe(false);
    expect(await query(next.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('starts a server of its own over a copy of the data of a running one', async () => {
    const copied = await createdBefore();
    const directory = await createdBefore();
    const original = await start(directory);
    await run('cp', ['--archive', join(directory, 'data', 'postmaster.pid'), join(copied, 'data')]);
    const copy = await start(copied);
    expect(copy.adopted).toBe(false);
    expect(copy.pid).not.toBe(original.pid);
    expect(await query(original.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('gives two launchers that race one server', async () => {
    const directory = await newDirectory();
    startedIn.push(directory);
    const first = launcherIn(directory);
    const second = launcherIn(directory);
    const said = await Promise.all([first.said, second.said]);
    expect(said[0]?.failed ?? said[1]?.failed).toBeUndefined();
    expect(said[0]?.pid).toBe(said[1]?.pid);
    expect(said.filter(({ adopted }) => adopted)).toHaveLength(1);
    expect(await query(said[0]?.connectionString ?? '', 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('survives the process that started it, also when that is killed', async () => {
    const directory = await createdBefore();
    startedIn.push(directory);
    const launcher = launcherIn(directory);
    const { pid } = await launcher.said;
    await launcher.kill();
    expect(await startEmbeddedPostgres({ directory })).toMatchObject({ adopted: true, pid });
  });

  it('starts after its launcher was killed in the middle of creating the data', async () => {
    const directory = await newDirectory();
    startedIn.push(directory);
    const launcher = launcherIn(directory);
    await untilTrue(async () =>
      (await entriesOf(directory)).some((name) => name.startsWith('initializing-')),
    );
    await launcher.kill();
    const server = await startEmbeddedPostgres({ directory });
    expect(await query(server.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('puts the socket into a short private folder when the path is too long for one', async () => {
    const long = join(
      await newDirectory(),
      'a-folder-with-quite-a-long-name'.repeat(3),
      'and one, with "odd" letters',
    );
    const server = await start(long);
    expect(server.socketDirectory.startsWith(long)).toBe(false);
    expect((await stat(server.socketDirectory)).mode & 0o777).toBe(0o700);
    expect(await query(server.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
    await expect(stat(server.socketDirectory)).rejects.toThrow('ENOENT');
  });

  it('stops when the start is aborted, and leaves no server behind', async () => {
    const directory = await newDirectory();
    startedIn.push(directory);
    const abort = new AbortController();
    const starting = startEmbeddedPostgres({ directory, signal: abort.signal });
    await untilTrue(async () =>
      (await entriesOf(directory)).some((name) => name.startsWith('initializing-')),
    );
    abort.abort();
    await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
    expect(await findEmbeddedPostgres({ directory })).toBeUndefined();
  });

  it('says which version wrote the data when it is not its own', async () => {
    const directory = await createdBefore();
    await writeFile(join(directory, 'data', 'PG_VERSION'), '12\n');
    await expect(startEmbeddedPostgres({ directory })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/written by PostgreSQL 12, and this is version \d+\. Dump it/),
    });
  });

  it('repeats what the server said when its data are damaged', async () => {
    const directory = await createdBefore();
    await rm(join(directory, 'data', 'global', 'pg_control'));
    await expect(startEmbeddedPostgres({ directory })).rejects.toMatchObject({
      message: expect.stringContaining('could not find the database system'),
    });
  });

  it('names the folder that cannot be written', async () => {
    const occupied = await newDirectory();
    await writeFile(occupied, 'a file');
    await expect(startEmbeddedPostgres({ directory: join(occupied, 'below') })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(`${occupied}`),
    });
  });
});

// Only root can change to another user, and only then is there a folder that the server may not enter.
describe.runIf(isRoot)('as root', () => {
  it('keeps the data below a folder that only root may enter', async () => {
    const directory = await createdBefore();
    await chmod(dirname(directory), 0o700);
    const server = await start(directory);
    const { uid } = await stat(join(directory, 'data'));
    expect(uid).not.toBe(0);
    expect(await isTraversableBy({ uid, gid: uid, switched: true }, directory)).toBe(false);
    await query(server.connectionString, 'create table kept as select 42 as answer');
    process.kill(server.pid, 'SIGKILL');
    const next = await startEmbeddedPostgres({ directory });
    expect(await query(next.connectionString, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('runs a copy of programs that are installed where their user may not enter, without their links', async () => {
    const directory = await newDirectory();
    await chmod(dirname(directory), 0o755);
    const installed = await findPlatformPackage();
    const closed = join(directory, 'closed');
    await mkdir(directory);
    await mkdir(closed, { mode: 0o700 });
    const nativeDirectory = join(closed, 'installed', 'native');
    await cp(installed.nativeDirectory, nativeDirectory, {
      recursive: true,
      filter: (path) => !/\.so(\.60)?$/.test(path) || /postgresql/.test(path),
    });
    startedIn.push(directory);
    const server = await startEmbeddedPostgres({ directory, installed: { ...installed, nativeDirectory } });
    const program = await realpath(`/proc/${server.pid}/exe`);
    expect(program).toBe(
      join(directory, 'programs', `postgresql-${installed.version}`, 'native', 'bin', 'postgres'),
    );
    expect(await query(server.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

const plainUsersCanRun =
  isRoot &&
  (await isTraversableBy({ ...NOBODY, switched: true }, process.execPath)) &&
  (await isTraversableBy({ ...NOBODY, switched: true }, dirname(LAUNCHER_SCRIPT)));

// A plain user's process is started by root, and must be able to run Node and to read this repository.
describe.runIf(plainUsersCanRun)('as a plain user', () => {
  async function directoryOf(user: { uid: number; gid: number }): Promise<string> {
    const directory = await newDirectory();
    await chown(dirname(directory), user.uid, user.gid);
    return directory;
  }

  it('runs the server as that user', async () => {
    const directory = await directoryOf(NOBODY);
    startedIn.push(directory);
    const { failed, connectionString = '' } = await launcherIn(directory, NOBODY).said;
    expect(failed).toBeUndefined();
    expect((await stat(join(directory, 'data'))).uid).toBe(NOBODY.uid);
    expect(await query(connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('says what is missing when the user has no name', async () => {
    const { failed } = await launcherIn(await directoryOf(UNKNOWN_USER), UNKNOWN_USER).said;
    expect(failed).toMatch(/uid 54321 has no entry in \/etc\/passwd\. Add an entry for it, .* DATABASE_URL/);
  });

  it('names the owner of data that belong to somebody else, and the folder that it may not write', async () => {
    const directory = await newDirectory();
    await chmod(dirname(directory), 0o755);
    expect((await launcherIn(directory, NOBODY).said).failed).toMatch(/cannot be written \(EACCES/);
    await mkdir(join(directory, 'data'), { recursive: true });
    expect((await launcherIn(directory, NOBODY).said).failed).toMatch(/belongs to uid 0\. Run as that user/);
  });
});

async function untilTrue(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}

async function entriesOf(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}
