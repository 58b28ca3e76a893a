import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Command, endRunningCommands, runCommand } from './run-command.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-command-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const shell = (script: string, timeoutMs = 20_000): Command => ({
  program: '/bin/sh',
  arguments: ['-c', script],
  folder,
  timeoutMs,
  output: 'keep',
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

const pidIn = (path: string): number => Number(readFileSync(path, 'utf8'));

test('a command returns its exit code and all its output', async () => {
  expect(await runCommand(shell('echo out; echo err >&2; exit 3'))).toMatchObject({
    exitCode: 3,
    timedOut: false,
    output: expect.stringMatching(/^(out\nerr|err\nout)\n$/),
  });
});

test('a command sees the environment it is given and its folder', async () => {
  const { output } = await runCommand({ ...shell('echo "$LOCK in $PWD"'), environment: { LOCK: 'upper' } });
  expect(output.trim()).toMatch(/^upper in .*run-command-/);
});

test('a program that does not exist is a result and no crash', async () => {
  const result = await runCommand({ ...shell(''), program: '/does/not/exist' });
  expect(result.exitCode).toBeNull();
  expect(result.output).toContain('ENOENT');
});

test('a command that takes too long is ended together with its children', async () => {
  const result = await runCommand(shell('sleep 600 & echo $! > child; wait', 300));
  expect(result).toMatchObject({ exitCode: null, timedOut: true });
  await vi.waitFor(() => expect(isAlive(pidIn(join(folder, 'child')))).toBe(false), { timeout: 10_000 });
});

test('a child that outlives its command is ended', async () => {
  const result = await runCommand(shell('sleep 600 >/dev/null 2>&1 & echo $! > child'));
  expect(result).toMatchObject({ exitCode: 0, timedOut: false });
  await vi.waitFor(() => expect(isAlive(pidIn(join(folder, 'child')))).toBe(false), { timeout: 10_000 });
});

test('all running commands can be ended at once', async () => {
  const run = runCommand(shell('echo $$ > self; sleep 600'));
  await vi.waitFor(() => expect(existsSync(join(folder, 'self'))).toBe(true), { timeout: 10_000 });
  endRunningCommands();
  expect(await run).toMatchObject({ exitCode: null, timedOut: false });
});
