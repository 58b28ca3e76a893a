import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '@sluice/protocol/process/process-identity.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Machine } from '../src/machine/start-machine.ts';
import { type TestCli, testCli } from './cli-harness.ts';

/** Room for the database and little else. */
const SIZE = '256m';
const CHUNK = Buffer.alloc(64 * 1024, 1);

const missing = whyNoMount();
if (missing !== undefined) reportSkip(`daemons on a full disk: ${missing}`);

// A disk can be filled without harm only where this user may mount one.
describe.skipIf(missing !== undefined)('a disk that is full', () => {
  let cli: TestCli;
  let disk: string;
  let machine: Machine;
  const up = () => cli.json(`up --directory ${join(disk, 'home')} --port 0 --api-port 0`);
  const log = (name: string): Promise<string> => readFile(join(disk, 'home', name), 'utf8');

  /** A change that is refused is a line in the log of the control plane. */
  const logOneLine = () =>
    fetch(`http://127.0.0.1:${machine.apiPort}/api/v1/releases`, {
      method: 'POST',
      signal: AbortSignal.timeout(20_000),
    });

  beforeAll(async () => {
    cli = await testCli();
    disk = await mkdtemp(join(tmpdir(), 'sluice-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=755`, 'none', disk]);
    machine = (await up()).document as Machine;
  });
  afterAll(async () => {
    for (const name of ['home', 'other']) await cli.run(`down --directory ${join(disk, name)}`);
    execFileSync('umount', [disk]);
    await rm(disk, { recursive: true });
    await cli.close();
  });

  test('ends neither daemon, however much they have to log, and what was lost is told once', async () => {
    fill(join(disk, 'ballast'));
    for (let n = 0; n < 200; n++) await logOneLine();
    // The router's worker is missed, and the host says so.
    const [worker] = await workersOf(machine.host.pid);
    process.kill(worker ?? expect.unreachable('there is no worker'), 'SIGKILL');
    await expect.poll(() => workersOf(machine.host.pid), { timeout: 20_000 }).not.toContain(worker);
    expect([isRunning(machine.host), isRunning(machine.server)]).toEqual([true, true]);
    expect((await fetch(`http://127.0.0.1:${machine.apiPort}/health/live`)).status).toBe(200);
  });

  test('is named by an up that has something to start', async () => {
    const { code, stderr } = await cli.run(`up --directory ${join(disk, 'other')} --port 0 --api-port 0`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Bringing Sluice up in \S+ failed: .*ENOSPC.*Free some space and try again/);
  });

  test('gives all back once there is room: the same processes, the database, and word of what was lost', async () => {
    rmSync(join(disk, 'ballast'));
    const { code, document } = await up();
    expect({ code, ...(document as Machine) }).toMatchObject({
      code: 0,
      host: machine.host,
      server: machine.server,
    });
    await logOneLine();
    await expect.poll(() => log('server.log'), { timeout: 20_000 }).toContain('log lines were lost');
    const lines = (await log('server.log')).trim().split('\n');
    const told = lines.filter((line) => line.includes('log lines were lost'));
    expect(told).toEqual([expect.stringContaining('ENOSPC')]);
    // The line that filled the disk is cut; all others are whole.
    expect(lines.filter((line) => !line.endsWith('}')).length).toBeLessThanOrEqual(1);
  });
});

/** Takes all room that there is, to the last byte. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, CHUNK);
  } catch {
    expect(statfsSync(path).bavail).toBe(0);
  } finally {
    closeSync(file);
  }
}

async function workersOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

function whyNoMount(): string | undefined {
  if (process.geteuid?.() !== 0) return 'only root may mount a small file system to fill';
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', tmpdir()], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'this root may not mount a file system';
  }
}
