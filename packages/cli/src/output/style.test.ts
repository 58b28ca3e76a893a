import { expect, test } from 'vitest';
import { isLive, styleOf } from './style.ts';

const terminal = { write: () => {}, isTerminal: true, size: () => ({ columns: 80, rows: 24 }) };
const pipe = { ...terminal, isTerminal: false };
const utf8 = { LANG: 'en_US.UTF-8' };
const painted = (environment: Record<string, string>, stdout = terminal) =>
  styleOf({ environment, stdout }).paint('bad', 'x') !== 'x';

test('colours are for terminals, and not where they are not wanted', () => {
  expect(painted(utf8)).toBe(true);
  expect(painted(utf8, pipe)).toBe(false);
  expect(painted({ ...utf8, NO_COLOR: '1' })).toBe(false);
  expect(painted({ ...utf8, CI: 'true' })).toBe(false);
  expect(painted({ ...utf8, TERM: 'dumb' })).toBe(false);
});

test('only locales with UTF-8 get more than ASCII; the first that is set decides', () => {
  const done = (environment: Record<string, string>) => styleOf({ environment, stdout: pipe }).symbols.done;
  expect(done(utf8)).toBe('✔');
  expect(done({ LANG: 'C.utf8' })).toBe('✔');
  expect(done({})).toBe('+');
  expect(done({ LC_ALL: 'C', LANG: 'en_US.UTF-8' })).toBe('+');
});

test('a CI job is not watched live, even if it has a terminal', () => {
  expect(isLive({ environment: {}, stdout: terminal })).toBe(true);
  expect(isLive({ environment: { CI: 'true' }, stdout: terminal })).toBe(false);
  expect(isLive({ environment: { CI: 'false' }, stdout: terminal })).toBe(true);
  expect(isLive({ environment: {}, stdout: pipe })).toBe(false);
});
