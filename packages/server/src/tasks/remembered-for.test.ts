import { expect, it } from 'vitest';
import { rememberedFor } from './remembered-for.ts';

function remembering() {
  const world = { now: 0, reads: [] as string[], fails: false };
  const get = rememberedFor({
    forMs: 100,
    elapsedMs: () => world.now,
    read: async (key) => {
      world.reads.push(key);
      if (world.fails) throw new RangeError('it cannot be read');
      return `${key} ${world.reads.length}`;
    },
  });
  return { world, get };
}

it('what was read is good for a while, each key by itself, and then read again', async () => {
  const { world, get } = remembering();
  expect(await Promise.all([get('a'), get('a'), get('b')])).toEqual(['a 1', 'a 1', 'b 2']);
  world.now = 99;
  expect(await get('a')).toBe('a 1');
  world.now = 100;
  expect(await get('a')).toBe('a 3');
});

it('what could not be read is not remembered', async () => {
  const { world, get } = remembering();
  world.fails = true;
  await expect(Promise.all([get('a'), get('a')])).rejects.toThrow(RangeError);
  world.fails = false;
  expect(await get('a')).toBe('a 2');
});
