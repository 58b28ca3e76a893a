import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RevisionOrder, RevisionRun } from '@sluice/protocol/host/host-schema.ts';
import type { SandboxRun } from '@sluice/protocol/host/sandbox-schema.ts';
import { examineMachine } from '@sluice/sandbox/machine/sandbox-machine.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instanceLogFile } from '../src/disk/host-paths.ts';
import { HostProcess } from './host-harness.ts';
import { runOf } from './host-programs.ts';
import { until } from './host-waiting.ts';
import { TestHost, TRACK } from './supervisor-harness.ts';

const { bubblewrap, groups } = await examineMachine();
if (!bubblewrap.usable) reportSkip(`instances in bubblewrap: ${bubblewrap.reason}`);

const CONTAINED: SandboxRun = {
  ...{ kind: 'bubblewrap', network: 'none', readable: [], writable: [], scratchBytes: 16 * 1024 * 1024 },
  ...{ memoryPerProcessBytes: 0, processes: 0, openFiles: 0, fileBytes: 0 },
};

/** Speaks to the control plane's socket and says so, listens on PORT, and leaves a daemon that nobody knows again. */
const PROGRAM = `
import { connect, createServer } from 'node:net';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
const env = process.env;
const told = (path) => { try { return readFileSync(path, 'utf8').length + ' bytes'; } catch (error) { return error.code; } };
console.log('shadow', told('/etc/shadow'), 'host', told(env.SPIED), 'url', env.SLUICE_WORKER_URL);
if (env.SLUICE_WORKER_URL) connect(env.SLUICE_WORKER_URL.slice('unix:'.length)).on('data', (data) => console.log('heard', String(data)));
spawn('setsid', ['env', '-i', 'sleep', '1003.5'], { stdio: 'ignore', detached: true }).unref();
process.on('SIGTERM', () => { console.log('leaving'); process.exit(0); });
if (env.FATTEN_MB) globalThis.fat = Buffer.alloc(1024 * 1024 * Number(env.FATTEN_MB), 1);
createServer().listen(Number(env.PORT), '127.0.0.1');
`;

// Where bubblewrap cannot be used the reason is printed above.
describe.skipIf(!bubblewrap.usable)('an instance in a sandbox without a network', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-contained-'));
    await mkdir(join(folder, 'code'));
    await writeFile(join(folder, 'code', 'program.mjs'), PROGRAM);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = (changes: Partial<RevisionRun> = {}): RevisionRun => {
    const plain = runOf(join(folder, 'code'));
    return {
      ...plain,
      run: 'node program.mjs',
      health: { ...plain.health, path: null },
      sandbox: CONTAINED,
      ...changes,
    };
  };
  const order = (changes: Partial<RevisionRun> = {}, generation = 1): RevisionOrder => ({
    ...{ generation, run: run(changes), instances: 1, dedicatedPorts: false },
  });
  const logOf = (host: TestHost): Promise<string> =>
    readFile(instanceLogFile(host.paths, TRACK, 'web-1', 0), 'utf8');

  it('is ready once it listens, reaches the control plane and nothing else, and leaves nothing behind', async () => {
    await using host = await TestHost.start();
    const socket = join(folder, 'workers.sock');
    const server = createServer((worker) => worker.write('welcome'));
    await once(server.listen(socket), 'listening');
    await host.put(
      'web-1',
      order({ workerSocket: socket, env: { SPIED: join(host.paths.directory, 'state') } }),
    );
    const [instance] = await host.ready('web-1', 1);
    await until(
      async () => (await logOf(host)).includes('heard welcome'),
      'a word of the server',
      () => logOf(host),
    );
    expect(await logOf(host)).toContain('shadow ENOENT host ENOENT url unix:/run/sluice/server/workers.sock');
    const outside = connect(instance?.port ?? 0, '127.0.0.1');
    await expect(once(outside, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await count('sleep\x001003.5')).toBe(1);
    await host.retire('web-1', 2);
    expect(await logOf(host)).toContain('leaving');
    expect(await count('sleep\x001003.5')).toBe(0);
    server.close();
  });

  it('runs on when its host is killed, and is adopted by the next', async () => {
    await using host = await HostProcess.start();
    await host.put('revisions/web-1', order());
    const [before] = await host.ready('web-1', 1);
    await host.end('SIGKILL');
    await host.begin();
    const [after] = await host.ready('web-1', 1);
    expect(after?.pid).toBe(before?.pid);
    expect(await host.retire('web-1', 2)).toMatchObject({ status: 200 });
    expect(await count('sleep\x001003.5')).toBe(0);
  });

  // Only control groups bound all processes together; where there are none the next test says what happens.
  it.skipIf(groups === null)(
    'is told to have run out of memory when the kernel ended it for that',
    async () => {
      await using host = await TestHost.start();
      const resources = { cpuMillis: 0, memoryBytes: 150 * 1024 * 1024 };
      await host.put('web-1', order({ resources, env: { FATTEN_MB: '400' } }));
      await until(
        () => host.instances('web-1')[0]?.lastExit?.includes('out of memory') === true,
        'an exit for want of memory',
        () => host.revision('web-1'),
      );
    },
  );

  it('is refused with a reason and a remedy when it cannot be as it was asked for', async () => {
    await using host = await TestHost.start();
    const refused = async (changes: Partial<RevisionRun>) => {
      const outcome = await host.tryPut('web-1', order(changes));
      return outcome.ok ? 'accepted' : `${outcome.refusal.code}: ${outcome.refusal.message}`;
    };
    const health = { ...run().health, path: '/healthz' };
    expect(await refused({ health })).toContain('sandbox-health');
    const around = { ...CONTAINED, readable: [host.folder] };
    expect(await refused({ sandbox: around })).toMatch(/sandbox-paths: .*the folder of the host/);
    const writing = { ...CONTAINED, writable: ['/nowhere/at/all'] };
    expect(await refused({ sandbox: writing })).toMatch(/sandbox-paths: .*\/nowhere\/at\/all/);
    const plain = { ...CONTAINED, kind: 'plain' as const };
    expect(await refused({ sandbox: plain })).toMatch(/sandbox-unavailable: .*network: none/);
  });
});

async function count(commandLine: string): Promise<number> {
  const { readdir } = await import('node:fs/promises');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')),
  );
  return lines.filter((line) => line.startsWith(commandLine)).length;
}
