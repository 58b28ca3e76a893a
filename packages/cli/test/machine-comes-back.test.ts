import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { identifyProcess, isRunning } from '@sluice/protocol/process/process-identity.ts';
import { startEmbeddedPostgres } from '@sluice/server/store/embedded/start-embedded-postgres.ts';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Machine } from '../src/machine/start-machine.ts';
import { type RunOptions, type TestCli, testCli } from './cli-harness.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

const SERVICE = `import { createServer } from 'node:http';
createServer((_, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
`;
const RELEASE = `application: left
components:
  web: { run: node server.mjs orphaned-by-test, instances: 1 }
`;

/** Of a start that is killed: while the host, the database and the control plane come up. `npm run test:long` has more. */
const MOMENTS_MS =
  process.env['SLUICE_TEST_LONG'] === '1'
    ? [150, 300, 450, 600, 800, 1000, 1300, 1600, 2000, 2500]
    : [150, 450, 1000, 2000];

let cli: TestCli;
let home: string;
beforeEach(async () => {
  cli = await testCli();
  home = join(cli.folder, 'home');
});
afterEach(async () => {
  await cli.run('down');
  await cli.close();
});

const up = async (more = '', options?: RunOptions): Promise<Machine> =>
  (await cli.json(`up ${more}`, options)).document as Machine;
const firstUp = (more = '', options?: RunOptions): Promise<Machine> =>
  up(`--port 0 --api-port 0 ${more}`, options);

/** Command lines of all processes that name a text; what every user of the machine may read. */
async function commandLinesWith(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(lines)).filter((line) => line.includes(text));
}

const postmaster = async (): Promise<number> =>
  Number((await readFile(join(home, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);

async function kill(pid: number): Promise<void> {
  const identity = identifyProcess(pid);
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => identity && isRunning(identity)).toBe(false);
}

describe('a machine of which a part has gone', () => {
  test('gets its embedded database back while the control plane lives', async () => {
    const machine = await firstUp();
    await kill(await postmaster());
    const again = await cli.run('up');
    expect(again.stdout).toContain('Sluice is up again');
    expect(await up()).toMatchObject({ server: machine.server, host: machine.host, databaseRevived: false });
    expect((await cli.run('status', { environment: { SLUICE_API: '' } })).code).toBe(0);
  });

  test('comes back on its ports and with its workers without being told', async () => {
    const machine = await firstUp('--router-workers 2');
    await kill(machine.host.pid);
    await kill(machine.server.pid);
    const { routerPort, apiPort } = await up();
    expect([routerPort, apiPort]).toEqual([machine.routerPort, machine.apiPort]);
    expect((await cli.run('up --router-workers 2')).code).toBe(0);
  });
});

test('what a killed host has left behind is stopped by down all the same', async () => {
  const machine = await firstUp();
  await writeFile(join(cli.folder, 'server.mjs'), SERVICE);
  await writeFile(join(cli.folder, 'sluice.yaml'), RELEASE);
  expect((await cli.run('deploy -f sluice.yaml --wait', { environment: { SLUICE_API: '' } })).code).toBe(0);
  await kill(machine.host.pid);
  expect(await commandLinesWith('orphaned-by-test')).toHaveLength(1);
  expect((await cli.run('down')).stdout).toContain('host and all it ran');
  expect(await commandLinesWith('orphaned-by-test')).toEqual([]);
  await expect(fetch(`http://127.0.0.1:${machine.routerPort}/`)).rejects.toThrow('fetch failed');
  expect((await cli.run('down')).stdout).toContain('Nothing runs');
});

describe('an up that was killed', () => {
  test('before it recorded what it had started leaves what the next one adopts', async () => {
    const machine = await firstUp();
    await rm(join(home, 'up.json'));
    expect(await up()).toMatchObject({
      host: machine.host,
      server: machine.server,
      adopted: { host: true, server: true },
    });
  });

  test('before it recorded what it had started leaves what down stops', async () => {
    const machine = await firstUp();
    await rm(join(home, 'up.json'));
    expect((await cli.run('down')).stdout).toContain('control plane, host and all it ran, embedded database');
    expect([isRunning(machine.host), isRunning(machine.server)]).toEqual([false, false]);
  });

  test.each(MOMENTS_MS)('after %i ms leaves nothing that down does not stop', async (afterMs) => {
    const child = startUp();
    // Sleeps on purpose: any moment of the start will do.
    await delay(afterMs);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect((await cli.run('down')).code).toBe(0);
    // A program that was just being started ends by itself: initdb, whose starter is gone.
    await expect.poll(() => commandLinesWith(home), { timeout: 20_000 }).toEqual([]);
  });
});

const startUp = (): ChildProcess =>
  spawn(process.execPath, [main, 'up', '--port', '0', '--api-port', '0'], {
    env: { ...process.env, SLUICE_HOME: home },
    stdio: 'ignore',
  });

test('a process that was given the id of a daemon is neither adopted nor stopped', async () => {
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void stranger.kill('SIGKILL'));
  const identity = identifyProcess(stranger.pid ?? 0);
  if (!identity) expect.unreachable('a process that was just started is not there');
  const earlier = { ...identity, startedTicks: '1' };
  await mkdir(join(home, 'host'), { recursive: true });
  const database = { kind: 'embedded' };
  const server = { ...earlier, apiPort: 1, startedAt: 0, database };
  const host = { ...earlier, socket: '/nowhere', routerPort: 1, routerWorkers: 1 };
  const record = { host: earlier, routerPort: 1, routerWorkers: 1, plane: { server: earlier, apiPort: 1 } };
  await writeFile(join(home, 'server.json'), JSON.stringify(server));
  await writeFile(join(home, 'host', 'host.json'), JSON.stringify(host));
  await writeFile(join(home, 'up.json'), JSON.stringify(record));
  expect((await cli.run('down')).stdout).not.toContain('control plane');
  expect(isRunning(identity)).toBe(true);
});

describe('the database of a machine', () => {
  const secret = 'pa55-of-nobody';
  let url: string;
  beforeEach(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-own-postgres-'));
    const postgres = await startEmbeddedPostgres({ directory, settings: { fsync: 'off' } });
    // The socket asks for no password; what matters is where it shows.
    url = postgres.connectionString.replace('sluice@', `sluice:${secret}@`);
    onTestFinished(async () => {
      await cli.run('down');
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    });
  });

  test('that the shell names is used, said, and seen by nobody else', async () => {
    const environment = { DATABASE_URL: url };
    const first = await cli.run('up --port 0 --api-port 0', { environment });
    expect(first.stdout).toMatch(
      /database +postgresql:\/\/sluice:\*\*\*@.*\(from DATABASE_URL in the environment\)/,
    );
    expect(await commandLinesWith(secret)).toEqual([]);
    for (const name of ['up.json', 'server.json', 'server.log'])
      expect(await readFile(join(home, name), 'utf8')).not.toContain(secret);
    await expect(stat(join(home, 'postgres'))).rejects.toThrow('ENOENT');
  });

  test('is not forgotten: a later up without it does not begin with an empty one', async () => {
    const machine = await firstUp(`--database-url ${url}`);
    expect((await cli.run('up')).code).toBe(0); // It runs, and needs not be told again.
    await kill(machine.server.pid);
    const refused = await cli.run('up');
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain('no database was named');
    expect(refused.stderr).not.toContain(secret);
    await cli.run('down');
    expect((await cli.run('up')).code).toBe(6);
    expect(await firstUp(`--database-url ${url}`)).toMatchObject({ database: { kind: 'postgresql' } });
    await cli.run('down');
    expect(await firstUp('--change-database')).toMatchObject({ database: { kind: 'embedded' } });
  });

  test('that was embedded is not left for the one of the shell', async () => {
    await firstUp();
    const environment = { DATABASE_URL: url };
    expect((await cli.run('up', { environment })).stderr).toContain('Unset DATABASE_URL');
    await cli.run('down');
    expect((await cli.run('up', { environment })).code).toBe(6);
    expect((await cli.run('up --port 0 --api-port 0', { environment: { DATABASE_URL: '' } })).code).toBe(0);
  });
});

test('a port that a machine does not have is refused while it is up, and nothing is changed', async () => {
  const machine = await firstUp();
  const { code, stderr } = await cli.run('up --port 1 --api-port 2 --router-workers 3');
  expect(code).toBe(6);
  expect(stderr).toContain(`the router listens on port ${machine.routerPort}, not 1`);
  expect(stderr).toContain(`the API listens on port ${machine.apiPort}, not 2`);
  expect(stderr).toContain('--router-workers is 1, not 3');
  expect(await up(`--port ${machine.routerPort} --api-port ${machine.apiPort}`)).toMatchObject({
    host: machine.host,
    server: machine.server,
  });
});

test('logs that have grown are set aside by the daemons themselves', async () => {
  await mkdir(home);
  for (const name of ['server.log', 'host.log']) {
    await writeFile(join(home, name), 'an old line\n');
    await truncate(join(home, name), 11 * 1024 * 1024);
  }
  await firstUp();
  for (const name of ['server.log', 'host.log']) {
    await expect
      .poll(() => stat(join(home, `${name}.1`)).then(({ size }) => size))
      .toBeGreaterThan(10_000_000);
    await expect.poll(() => stat(join(home, name)).then(({ size }) => size)).toBeLessThan(1_000_000);
  }
});

describe('a directory that cannot be used', () => {
  const upIn = (directory: string) => cli.run(`up --directory ${directory} --port 0 --api-port 0`);

  test('because a file is in the way is named, with what to do', async () => {
    await cli.write('file', '');
    const { code, stderr } = await upIn(join(cli.folder, 'file', 'home'));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Bringing Sluice up in \S+ failed: the folder cannot be written \(ENOTDIR.*\)\. Correct/,
    );
  });

  test('because it belongs to somebody else is named, with what to do', async () => {
    await chmod(cli.folder, 0o755);
    const child = spawn(process.execPath, [main, 'up', '--directory', join(cli.folder, 'deep')], {
      // Root may write anywhere; as anybody else the folder is closed by its mode.
      ...(process.geteuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (process.geteuid?.() !== 0) await chmod(cli.folder, 0o555);
    const said: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
    expect(await once(child, 'close')).toEqual([1, null]);
    await chmod(cli.folder, 0o755);
    expect(said.join('')).toMatch(
      /^Bringing Sluice up in \S+ failed: .*EACCES.*Correct its owner and permissions/,
    );
  });

  test('is no matter where it is only too deep for a socket', async () => {
    const deep = join(cli.folder, 'a'.repeat(100), 'home');
    expect((await upIn(deep)).code).toBe(0);
    expect((await cli.run(`down --directory ${deep}`)).stdout).toContain('Stopped: control plane, host');
  });

  test('is not made by down', async () => {
    expect((await cli.run('down')).stdout).toMatch(/^Nothing runs from /);
    await expect(stat(home)).rejects.toThrow('ENOENT');
  });
});
