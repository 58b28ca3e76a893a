import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { withLaunchLock } from './launch-lock.ts';

it('lets one at a time through, and hands on what the work returns', async () => {
  const name = randomUUID();
  let inside = 0;
  let most = 0;
  const work = async (value: number): Promise<number> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise(setImmediate);
    inside -= 1;
    return value;
  };
  const runs = [1, 2, 3, 4, 5].map((value) => withLaunchLock(name, undefined, () => work(value)));
  expect(await Promise.all(runs)).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(1);
});

it('is free again after work that failed', async () => {
  const name = randomUUID();
  const failing = withLaunchLock(name, undefined, async () => {
    throw new RangeError('out of luck');
  });
  await expect(failing).rejects.toThrow('out of luck');
  expect(await withLaunchLock(name, undefined, async () => 'free')).toBe('free');
});

it('is free at once when the process that holds it is killed', async () => {
  const name = randomUUID();
  const lock = fileURLToPath(new URL('./launch-lock.ts', import.meta.url));
  const script = `const { withLaunchLock } = await import(${JSON.stringify(lock)});
    await withLaunchLock(${JSON.stringify(name)}, undefined, () => { console.log('held'); return new Promise(() => {}) })`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const waiting = withLaunchLock(name, undefined, async () => 'mine');
  holder.kill('SIGKILL');
  expect(await waiting).toBe('mine');
});

it('stops waiting when aborted', async () => {
  const name = randomUUID();
  const abort = new AbortController();
  await withLaunchLock(name, undefined, async () => {
    const waiting = withLaunchLock(name, abort.signal, async () => 'never');
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
