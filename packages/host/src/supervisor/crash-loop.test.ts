import { expect, test } from 'vitest';
import { isCrashLooping, withExit } from './crash-loop.ts';

const exit = (seconds: number, duringStart = false) => ({ at: seconds * 1000, duringStart });

test.each([
  ['no exit', [], false],
  ['two within the window', [exit(0), exit(1)], false],
  ['three within 60 s', [exit(0), exit(30), exit(60)], true],
  ['three over more than 60 s', [exit(0), exit(30), exit(61)], false],
  ['any three in a row of many', [exit(0), exit(100), exit(200), exit(210), exit(220)], true],
  ['three within the window, then slower ones', [exit(0), exit(1), exit(2), exit(100), exit(200)], true],
  ['one during the start', [exit(0, true), exit(100)], false],
  ['two during the start, however far apart', [exit(0, true), exit(500), exit(1000, true)], true],
])('%s: %j is a crash loop: %s', (_name, exits, looping) => {
  expect(isCrashLooping(exits)).toBe(looping);
});

test('only the latest ten exits are remembered', () => {
  const exits = Array.from({ length: 12 }, (_, second) => exit(second)).reduce(
    withExit,
    [] as ReturnType<typeof exit>[],
  );
  expect(exits).toHaveLength(10);
  expect(exits[0]?.at).toBe(2000);
});
