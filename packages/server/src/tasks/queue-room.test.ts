import { expect, it, vi } from 'vitest';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { queueRoom, ROOM_FOR_MS } from './queue-room.ts';

const QUEUE = trackId('shop', 'production', 'agent');

function room() {
  const world = { open: 0, now: 0, counts: 0, fails: false, hold: Promise.resolve() };
  const made = queueRoom({
    limit: 10,
    elapsedMs: () => world.now,
    records: {
      countOpen: async () => {
        world.counts += 1;
        await world.hold;
        if (world.fails) throw new RangeError('the store is away');
        return world.open;
      },
    },
  });
  const keep = (more: number, tenant = 'one') => made.keep(tenant, QUEUE, more);
  const take = async (more: number, tenant = 'one', taken = more): Promise<boolean> => {
    const places = await keep(more, tenant);
    places?.(taken);
    return places !== null;
  };
  const hasRoom = (more: number, tenant = 'one') => take(more, tenant, 0);
  return { world, hasRoom, keep, take };
}

it('there is room up to the limit, and what came in since the count takes some of it', async () => {
  const { world, hasRoom, take } = room();
  world.open = 6;
  expect([await hasRoom(4), await hasRoom(5)]).toEqual([true, false]);
  await take(3);
  expect([await hasRoom(1), await hasRoom(2)]).toEqual([true, false]);
  expect(world.counts).toBe(1);
});

it('those who come at once do not all get the last place, and what nobody took is free again', async () => {
  const { hasRoom, keep } = room();
  const [first, second] = await Promise.all([keep(6), keep(6)]);
  expect([first, second]).toEqual([expect.any(Function), null]);
  first?.(4);
  expect([await hasRoom(6), await hasRoom(7)]).toEqual([true, false]);
});

it('a count is good for some seconds, for each tenant by itself, and nobody is refused by an old one', async () => {
  const { world, hasRoom, take } = room();
  await take(10);
  world.now = ROOM_FOR_MS - 1;
  expect(await hasRoom(1)).toBe(false);
  expect(await hasRoom(1, 'other')).toBe(true);
  world.now = ROOM_FOR_MS;
  expect(await hasRoom(1)).toBe(true);
  expect(world.counts).toBe(3);
});

it('an old count is made anew beside the submits, which need not wait for it', async () => {
  const { world, hasRoom } = room();
  await hasRoom(1);
  world.now = ROOM_FOR_MS;
  world.open = 10;
  const { promise, resolve } = Promise.withResolvers<void>();
  world.hold = promise;
  expect([await hasRoom(1), await hasRoom(1)]).toEqual([true, true]);
  resolve();
  await vi.waitFor(async () => expect(await hasRoom(1)).toBe(false));
  expect(world.counts).toBe(2);
});

it('a store that cannot count for a while stops no submit for which there was room', async () => {
  const { world, hasRoom } = room();
  await hasRoom(1);
  world.now = ROOM_FOR_MS;
  world.fails = true;
  expect(await hasRoom(1)).toBe(true);
});

it('many who ask at once have it counted once, and a count that failed is not remembered', async () => {
  const { world, hasRoom } = room();
  world.fails = true;
  const asked = await Promise.allSettled([hasRoom(1), hasRoom(1)]);
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(world.counts).toBe(1);
  world.fails = false;
  expect(await hasRoom(1)).toBe(true);
});
