import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { replaceShell } from './replace-shell.ts';

test.each([
  'node server.js',
  '  ./bin/serve --port "$PORT" --name \'two words\'  ',
  'node server.js > out.txt',
])('a single program takes the place of the shell: %s', (command) => {
  expect(replaceShell(command)).toBe(`exec ${command.trim()}`);
});

test.each([
  'npm run build && node server.js',
  'node a.js; node b.js',
  'node server.js | tee log',
  'node server.js 2>&1',
  'NAME=value node server.js',
  'exec node server.js',
  '. ./environment',
  '(node server.js)',
  'node "$(cat main)"',
  'while true\ndo serve\ndone',
  '',
])('a command that only the shell can run stays as it is: %s', (command) => {
  expect(replaceShell(command)).toBe(command);
});

test('the shell is gone where the program took its place', () => {
  const shown = (command: string) =>
    execFileSync('/bin/sh', ['-c', replaceShell(command)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
  // The parent of `cat`, as the kernel tells it, is this process; with the shell in between it is not.
  expect(shown('cat /proc/self/stat')[3]).toBe(String(process.pid));
  expect(shown('cat /proc/self/stat && true')[3]).not.toBe(String(process.pid));
});
