import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { Effect } from '@sluice/core/rollout/effects.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import { orderDesk, type OrderDesk } from './order-desk.ts';

const TENANT = 'default';
const capacity = (revision: string, instances: number): Effect => ({
  kind: 'applyCapacity',
  revision: revisionId(revision),
  instances,
  dedicatedPorts: false,
});

/** A world that carries out an order when it is told to. */
class SlowWorld {
  /** What was asked of it: track, revision and instances, generation. */
  readonly asked: string[] = [];
  readonly performed: string[] = [];
  readonly done: string[] = [];
  now = 1_000_000;
  #answers: PromiseWithResolvers<void>[] = [];
  readonly desk: OrderDesk = orderDesk({
    log: pino({ level: 'silent' }),
    now: () => this.now,
    performed: (effect, outcome) => void this.performed.push(`${effect} ${outcome}`),
    done: (track) => void this.done.push(track),
    world: {
      perform: async (_tenant, { id }, effect, generation) => {
        const what = effect.kind === 'applyCapacity' ? `${effect.revision}=${effect.instances}` : effect.kind;
        this.asked.push(`${id} ${what} ${generation}`);
        const answer = Promise.withResolvers<void>();
        this.#answers.push(answer);
        await answer.promise;
      },
    },
  });

  give(name: string, version: number, ...effects: Effect[]): void {
    const track = { ...newTrack(trackId('shop', 'local', name)), version };
    this.desk.give({ tenant: TENANT, track, effects });
  }

  /** Answers what was asked first, and lets everything happen that follows by itself. */
  async answer(failure?: SluiceError): Promise<void> {
    const first = this.#answers.shift();
    if (failure) first?.reject(failure);
    else first?.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

let world: SlowWorld;
beforeEach(() => {
  world = new SlowWorld();
});

it('lets a track go on while the place of another one hangs', async () => {
  world.give('web', 1, capacity('web-1', 2));
  world.give('api', 1, capacity('api-1', 2));
  expect(world.asked).toEqual(['shop/local/web web-1=2 1', 'shop/local/api api-1=2 1']);
  await world.answer();
  await world.answer();
  await world.desk.settled();
});

it('gives an order once while it is under way, and again after it has failed', async () => {
  world.give('web', 1, capacity('web-1', 2));
  world.give('web', 2, capacity('web-1', 2));
  expect(world.asked).toEqual(['shop/local/web web-1=2 1']);
  await world.answer(new SluiceError('unreachable', 'the place is away', { next: 'retry' }));
  world.give('web', 3, capacity('web-1', 2));
  expect(world.asked).toEqual(['shop/local/web web-1=2 1', 'shop/local/web web-1=2 3']);
  await world.answer();
  await world.desk.settled();
  expect(world.performed).toEqual(['applyCapacity failed', 'applyCapacity done']);
});

it('gives another order of the same thing at once, and the first one again after that', async () => {
  world.give('web', 1, capacity('web-1', 2));
  world.give('web', 2, capacity('web-1', 3));
  world.give('web', 3, capacity('web-1', 2));
  expect(world.asked.map((text) => text.slice(15))).toEqual(['web-1=2 1', 'web-1=3 2', 'web-1=2 3']);
  // That the first one ends says nothing of the third.
  await world.answer();
  world.give('web', 4, capacity('web-1', 2));
  expect(world.asked).toHaveLength(3);
  await world.answer();
  await world.answer();
  await world.desk.settled();
});

it('carries out the orders of one look one after the other', async () => {
  world.give('web', 1, capacity('web-1', 2), capacity('web-2', 1));
  expect(world.asked).toHaveLength(1);
  await world.answer();
  expect(world.asked).toHaveLength(2);
  await world.answer();
  await world.desk.settled();
});

it('counts an order that a newer one has overtaken apart from what failed', async () => {
  world.give('web', 1, capacity('web-1', 2));
  await world.answer(new SluiceError('refused-as-stale', 'overtaken', { next: 'stop' }));
  expect(world.performed).toEqual(['applyCapacity refused-as-stale']);
});

it('has a track looked at again only when its orders took longer than the look after them waits', async () => {
  world.give('web', 1, capacity('web-1', 2));
  await world.answer();
  await world.desk.settled();
  expect(world.done).toEqual([]);
  world.give('api', 1, capacity('api-1', 2));
  world.now += 151;
  await world.answer();
  await world.desk.settled();
  expect(world.done).toEqual(['shop/local/api']);
});
