import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { examineMachine } from '@sluice/sandbox/machine/sandbox-machine.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runSandboxed } from './run-sandboxed.ts';

const { bubblewrap } = await examineMachine();
if (!bubblewrap.usable) reportSkip(`what workers run in bubblewrap: ${bubblewrap.reason}`);

afterEach(() => vi.unstubAllEnvs());

// Where bubblewrap cannot be used the reason is printed above.
describe.skipIf(!bubblewrap.usable)('what a worker runs in a sandbox', () => {
  it('gets its input and gives its output', async () => {
    const told = await runSandboxed(['sh', '-c', 'tr a-z A-Z; echo odd >&2; exit 3'], { input: 'loud' });
    expect(told).toMatchObject({ ended: 'itself', exitCode: 3, output: 'LOUD', errorOutput: 'odd\n' });
    expect(told.bytes).toEqual(Buffer.from('LOUD'));
  });

  it('sees neither the secrets of the worker nor its network', async () => {
    vi.stubEnv('MODEL_KEY', 'of the worker');
    const server = createServer((socket) => socket.end('reached'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const script = `cat /proc/*/environ; node -e "require('net').connect(${port}).on('data',d=>console.log(String(d))).on('error',e=>console.log(e.code))"`;
    const told = await runSandboxed(['sh', '-c', script]);
    server.close();
    expect(told.output).not.toContain('of the worker');
    expect(told.output).toContain('ECONNREFUSED');
  });

  it('is ended when its time is over, and says so', async () => {
    expect(await runSandboxed(['sleep', '64.5'], { timeMs: 300 })).toMatchObject({ ended: 'time' });
  });

  it('ends with the task that wanted it', async () => {
    const task = new AbortController();
    const running = runSandboxed(['sleep', '64.5'], { signal: task.signal });
    task.abort(new RangeError('the deadline is over'));
    await expect(running).rejects.toThrow('the deadline is over');
  });

  it('says what to do where a sandbox cannot be made inside of another', async () => {
    vi.stubEnv('SLUICE_SANDBOX', 'bubblewrap');
    await expect(runSandboxed(['true'])).rejects.toThrow(/no further one.*kind: 'plain'/);
    expect(await runSandboxed(['true'], { kind: 'plain' })).toMatchObject({ exitCode: 0 });
  });
});

it('fails with a reason where a limit cannot be kept', async () => {
  const asked = runSandboxed(['true'], { kind: 'plain', network: 'none' });
  await expect(asked).rejects.toMatchObject({ code: 'unsupported', message: /network: none.*bubblewrap/ });
});
