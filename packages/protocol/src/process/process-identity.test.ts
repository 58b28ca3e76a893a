import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identifyProcess, isRunning } from './process-identity.ts';

test('a process is running until it has ended, and nobody is it but itself', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const identity = identifyProcess(child.pid ?? 0);
  if (!identity) expect.unreachable('a process that was just started is not there');
  expect(isRunning(identity)).toBe(true);
  // The same id, as another process would have it: later, or after a reboot.
  expect(isRunning({ ...identity, startedTicks: `${Number(identity.startedTicks) + 1}` })).toBe(false);
  expect(isRunning({ ...identity, bootId: 'another' })).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isRunning(identity)).toBe(false);
});
