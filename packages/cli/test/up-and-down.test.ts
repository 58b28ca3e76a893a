import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { idleTrack } from '@sluice/protocol/http/testing/sample-views.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestCli, testCli } from './cli-harness.ts';

const FREE = '--port 0 --api-port 0';
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

let cli: TestCli;
const blockers: Server[] = [];
beforeEach(async () => {
  cli = await testCli();
});
afterEach(async () => {
  await cli.run('down');
  for (const blocker of blockers.splice(0)) blocker.close();
  await cli.close();
});

interface Up {
  readonly routerPort: number;
  readonly apiPort: number;
  readonly host: { readonly pid: number };
  readonly server: { readonly pid: number };
  readonly adopted: { readonly host: boolean; readonly server: boolean };
}

const up = async (more = ''): Promise<Up> => (await cli.json(`up ${FREE} ${more}`)).document as Up;
const atMachine = ({ apiPort }: Up) => ({ environment: { SLUICE_API: `http://127.0.0.1:${apiPort}` } });

async function takenPort(): Promise<number> {
  const blocker = createServer().listen(0, '127.0.0.1');
  blockers.push(blocker);
  await once(blocker, 'listening');
  const address = blocker.address();
  return typeof address === 'object' && address ? address.port : 0;
}

describe('up and down', () => {
  test('what up starts answers, a second up leaves it as it is, and down stops it', async () => {
    const machine = await up();
    expect(machine.adopted).toEqual({ host: false, server: false });
    expect((await cli.run('status', atMachine(machine))).stdout).toContain('Nothing has been released yet');
    // Without an address the one that up recorded is used.
    expect((await cli.run('status', { environment: { SLUICE_API: '' } })).code).toBe(0);
    const again = await up();
    expect(again).toMatchObject({ adopted: { host: true, server: true }, server: machine.server });
    const { code, stdout } = await cli.run('down');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: '✔ Stopped: control plane, host and all it ran, embedded database.\n',
    });
    expect((await cli.run('status', atMachine(machine))).code).toBe(5);
    expect((await cli.run('down')).stdout).toMatch(/^Nothing runs from /);
  });

  test('two that come at the same time bring up one machine', async () => {
    const [one, other] = await Promise.all([up(), up()]);
    expect([one.host, one.server, one.apiPort]).toEqual([other.host, other.server, other.apiPort]);
    expect(one.adopted.server).not.toBe(other.adopted.server);
  });

  test('a control plane that was killed comes back, and the host is left as it is', async () => {
    const machine = await up();
    process.kill(machine.server.pid, 'SIGKILL');
    const again = await up();
    expect(again).toMatchObject({ adopted: { host: true, server: false }, host: machine.host });
  });

  test('a port that is taken is named, and what was started is taken down by down', async () => {
    const port = await takenPort();
    const { code, stderr } = await cli.run(`up --port 0 --api-port ${port}`);
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port} of the API is taken by another program`);
    expect((await cli.run('down')).stdout).toContain('host and all it ran');
  });

  test('in the foreground it stays until it is interrupted, and then stops everything', async () => {
    const child = spawn(process.execPath, [main, 'up', '--foreground', '--json', ...FREE.split(' ')], {
      env: { ...process.env, SLUICE_HOME: `${cli.folder}/home` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [text] = (await once(child.stdout, 'data')) as [Buffer];
    const machine = JSON.parse(text.toString('utf8')) as Up;
    expect((await cli.run('status', atMachine(machine))).code).toBe(0);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await expect(readFile(`/proc/${machine.host.pid}/stat`)).rejects.toThrow('ENOENT');
  });

  test('DRY_RUN=true starts and stops nothing', async () => {
    const dry = { environment: { DRY_RUN: 'true' } };
    expect((await cli.run(`up ${FREE}`, dry)).stdout).toContain('nothing is done');
    expect((await cli.run('down', dry)).stdout).toContain('nothing is done');
    expect((await cli.run('down')).stdout).toMatch(/^Nothing runs from /);
  });
});

describe('the program itself', () => {
  const start = (...args: string[]) =>
    spawn(process.execPath, [main, ...args], { env: { ...process.env, SLUICE_API: cli.url } });

  test('ends with the number of its command', async () => {
    expect(await once(start('status'), 'exit')).toEqual([0, null]);
    expect(await once(start('stauts'), 'exit')).toEqual([2, null]);
    expect(await once(start('status', 'no/such/thing'), 'exit')).toEqual([6, null]);
  });

  test('Ctrl-C ends a watch in an orderly way', async () => {
    const child = start('status', '--watch');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
  });

  test('a reader that goes away is no failure', async () => {
    const child = start('status', '--watch');
    const errors: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    cli.plane.put(idleTrack());
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(errors).toEqual([]);
  });
});
