import { expect, it } from 'vitest';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TaskEnd } from '../store/tasks/settle-tasks.ts';
import { endDesk } from './end-desk.ts';

const TENANT = 'default';
const end = (id: string, attempt = 1): TaskEnd => ({ id, attempt, worker: 'one', state: 'waiting' });

/** A store that writes what it is told to, or fails as it is told to; it answers when the test lets it. */
function rig(failures: readonly Error[] = []) {
  const batches: string[][] = [];
  const open: PromiseWithResolvers<void>[] = [];
  const left = [...failures];
  const desk = endDesk({
    settle: async (_tenant, ends) => {
      batches.push(ends.map(({ id }) => id));
      const answer = Promise.withResolvers<void>();
      open.push(answer);
      await answer.promise;
      const failure = left.shift();
      if (failure !== undefined) throw failure;
      return new Set(ends.filter(({ id }) => id !== 'lost').map(({ id }) => id));
    },
  });
  const answer = async (): Promise<void> => {
    open.shift()?.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { desk, batches, answer };
}

it('writes together what came while the one before was written', async () => {
  const { desk, batches, answer } = rig();
  const ends = ['a', 'b', 'lost'].map((id) => desk.end(TENANT, end(id)));
  await answer();
  await answer();
  expect(await Promise.all(ends)).toEqual([true, true, false]);
  expect(batches).toEqual([['a'], ['b', 'lost']]);
});

it('writes one task once in a batch', async () => {
  const { desk, batches, answer } = rig();
  const ends = ['a', 'b', 'b'].map((id) => desk.end(TENANT, end(id)));
  for (let batch = 0; batch < 3; batch++) await answer();
  await Promise.all(ends);
  expect(batches).toEqual([['a'], ['b'], ['b']]);
});

it('writes again what the database has undone', async () => {
  const undone = new SluiceError('conflict', 'two met', { next: 'retry' });
  const { desk, batches, answer } = rig([undone, undone]);
  const ending = desk.end(TENANT, end('a'));
  for (let attempt = 0; attempt < 3; attempt++) await answer();
  expect(await ending).toBe(true);
  expect(batches).toEqual([['a'], ['a'], ['a']]);
});

it('says so when it cannot be written, and goes on with what comes after', async () => {
  const { desk, answer } = rig([new SluiceError('unreachable', 'the store is away', { next: 'retry' })]);
  const failing = desk.end(TENANT, end('a'));
  const after = desk.end(TENANT, end('b'));
  const refused = expect(failing).rejects.toThrow('the store is away');
  await answer();
  await answer();
  await refused;
  expect(await after).toBe(true);
});
