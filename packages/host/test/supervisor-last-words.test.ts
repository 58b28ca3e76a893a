import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { orderOf, runOf } from './host-programs.ts';
import { until } from './host-waiting.ts';
import { TestHost } from './supervisor-harness.ts';

/** Orders one instance of a shell command that never serves anything. */
async function order(host: TestHost, command: string): Promise<void> {
  const directory = join(host.folder, 'v1');
  await mkdir(directory);
  const health = { path: null, withinMs: 10_000, intervalMs: 50, timeoutMs: 500, failures: 3 };
  await host.put('web-1', orderOf(runOf(directory, { run: command, health }), 1));
}

const exits = (host: TestHost): number => host.instances('web-1')[0]?.unexpectedExits ?? 0;

/** Every reason that a status can have shown until an instance has ended so many times. */
async function reasonsUntil(host: TestHost, count: number): Promise<ReadonlyMap<string, boolean>> {
  const seen = new Map<string, boolean>();
  const look = async (): Promise<void> => {
    while (exits(host) < count) {
      const { reason, crashLooping } = host.revision('web-1') ?? {};
      if (reason) seen.set(reason, crashLooping === true);
      // No event tells of each reason that a status could show: every turn is looked at.
      await nextTurn();
    }
  };
  await Promise.all([look(), until(() => exits(host) >= count, `${count} exits`)]);
  return seen;
}

test('the reason of a crash quotes its last words from the first moment, and in a crash loop always', async () => {
  await using host = await TestHost.start();
  await order(host, 'echo "listening soon"; echo "Error: no configuration" >&2; exit 9');
  const reasons = await reasonsUntil(host, 4);
  const bare = [...reasons].filter(
    ([reason, looping]) => (looping || reason.includes('exit code')) && !reason.includes('no configuration'),
  );
  expect(bare).toEqual([]);
  expect([...reasons.keys()].some((reason) => reason.includes('exit code 9'))).toBe(true);
});

test('each start is quoted with its own words, not with those of the start before', async () => {
  await using host = await TestHost.start();
  const second = 'echo "second words"; exit 4';
  const first = 'touch one; echo "Error: first words" >&2; exit 3';
  await order(
    host,
    `if [ -e two ]; then exit 5; elif [ -e one ]; then touch two; ${second}; else ${first}; fi`,
  );
  const ended = () => host.logged.filter(({ message }) => message === 'process ended unexpectedly');
  await until(() => ended().length >= 3, 'three exits');
  const told = ended().map(({ fields }) => fields['lastExit']);
  expect(told.slice(0, 3)).toEqual([
    'exit code 3: Error: first words',
    'exit code 4: second words',
    'exit code 5',
  ]);
});
