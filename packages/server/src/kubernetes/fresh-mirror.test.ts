import { expect, it } from 'vitest';
import type { Mirror } from './cluster-client.ts';
import { freshMirror } from './fresh-mirror.ts';

const CLIENT = { name: 'prod' };

const mirrorWith = (changes: Partial<Mirror>): Mirror => ({
  synced: Promise.resolve(),
  stale: null,
  get: () => undefined,
  withLabel: () => [],
  all: () => [],
  onChange: () => () => undefined,
  ...changes,
});

it('is trusted as soon as it has a whole copy', async () => {
  const mirror = mirrorWith({});
  expect(await freshMirror(CLIENT, mirror, () => 0)).toBe(mirror);
});

it('of a cluster that cannot be read is waited for once, and then fails at once with the reason', async () => {
  const mirror = mirrorWith({
    synced: new Promise(() => undefined),
    stale: { since: 0, reason: 'connection refused' },
  });
  const failure = {
    code: 'unreachable',
    message: 'the cluster prod cannot be read: connection refused',
  };
  const first = performance.now();
  await expect(freshMirror(CLIENT, mirror, () => 1)).rejects.toMatchObject(failure);
  const waitedFor = performance.now() - first;
  const begun = performance.now();
  await expect(freshMirror(CLIENT, mirror, () => 1)).rejects.toMatchObject(failure);
  expect(performance.now() - begun).toBeLessThan(waitedFor);
});

it('of a cluster that went away is trusted for half a minute and not longer', async () => {
  const mirror = mirrorWith({ stale: { since: 1_000, reason: 'cut' } });
  expect(await freshMirror(CLIENT, mirror, () => 31_000)).toBe(mirror);
  await expect(freshMirror(CLIENT, mirror, () => 32_000)).rejects.toThrow(/not been heard of for 31 s: cut/);
});
