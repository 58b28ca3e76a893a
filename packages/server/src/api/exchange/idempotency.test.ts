import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { expect, test } from 'vitest';
import { memoryIdempotencyStore } from '../testing/memory-idempotency-store.ts';
import { type Answer, createIdempotency } from './idempotency.ts';

const request = { key: 'k1', caller: 'person:ada', operation: 'POST /releases', body: { version: 'v2' } };

/** Counts how often it acts, and answers with that number. */
function counter(status = 202) {
  const acted = { times: 0 };
  const act = async (): Promise<Answer> => ({ status, body: { times: (acted.times += 1) } });
  return { acted, act };
}

test('the same key with the same request is answered with the first answer', async () => {
  const { once } = createIdempotency(memoryIdempotencyStore(), () => {});
  const { acted, act } = counter();
  expect(await once(request, act)).toEqual({ status: 202, body: { times: 1 } });
  expect(await once(request, act)).toEqual({ status: 202, body: { times: 1 }, replayed: true });
  expect(acted.times).toBe(1);
});

test('the order of keys in the body does not make it another request', async () => {
  const { once } = createIdempotency(memoryIdempotencyStore(), () => {});
  const { acted, act } = counter();
  await once({ ...request, body: { a: 1, b: 2 } }, act);
  await once({ ...request, body: { b: 2, a: 1 } }, act);
  expect(acted.times).toBe(1);
});

test('the same key with another body or operation is refused with 422', async () => {
  const { once } = createIdempotency(memoryIdempotencyStore(), () => {});
  const { acted, act } = counter();
  await once(request, act);
  for (const other of [
    { ...request, body: { version: 'v3' } },
    { ...request, operation: 'POST /plans' },
  ]) {
    expect(await once(other, act)).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  }
  expect(acted.times).toBe(1);
});

test('a key is its caller’s own: another with the same key is neither answered for nor refused', async () => {
  const { once } = createIdempotency(memoryIdempotencyStore(), () => {});
  const { acted, act } = counter();
  await once(request, act);
  expect(await once({ ...request, caller: 'person:eve' }, act)).toEqual({ status: 202, body: { times: 2 } });
  expect(await once({ ...request, caller: 'person:eve', body: {} }, act)).toMatchObject({ status: 422 });
  expect(acted.times).toBe(2);
});

test('requests without a key are all carried out', async () => {
  const { once } = createIdempotency(memoryIdempotencyStore(), () => {});
  const { acted, act } = counter();
  await once({ ...request, key: undefined }, act);
  await once({ ...request, key: undefined }, act);
  expect(acted.times).toBe(2);
});

test('requests that come at the same time have one effect and one answer', async () => {
  const { once } = createIdempotency(memoryIdempotencyStore(), () => {});
  const { acted, act } = counter();
  const answers = await Promise.all(Array.from({ length: 20 }, () => once(request, act)));
  expect(acted.times).toBe(1);
  expect(answers.map(({ body }) => body)).toEqual(Array(20).fill({ times: 1 }));
});

test('a request that another replica carries out is to be asked for again', async () => {
  const store = memoryIdempotencyStore();
  const here = createIdempotency(store, () => {});
  const there = createIdempotency(store, () => {});
  const gate = Promise.withResolvers<void>();
  const first = there.once(request, async () => {
    await gate.promise;
    return { status: 202, body: 'done there' };
  });
  const { acted, act } = counter();
  expect(await here.once(request, act)).toMatchObject({ status: 409, retryAfterSeconds: 1 });
  gate.resolve();
  await first;
  expect(await here.once(request, act)).toEqual({ status: 202, body: 'done there', replayed: true });
  expect(acted.times).toBe(0);
});

test('a refusal changed nothing, so the same key may try again', async () => {
  const { once } = createIdempotency(memoryIdempotencyStore(), () => {});
  expect(await once(request, counter(409).act)).toMatchObject({ status: 409 });
  expect(await once(request, counter(202).act)).toEqual({ status: 202, body: { times: 1 } });
});

test('a failure gives the key back', async () => {
  const { once } = createIdempotency(memoryIdempotencyStore(), () => {});
  const failing = once(request, async () => {
    throw new SluiceError('unreachable', 'no database', { next: 'retry' });
  });
  await expect(failing).rejects.toThrow('no database');
  expect(await once(request, counter().act)).toMatchObject({ status: 202 });
});

test('an answer that cannot be kept is still given, and told of', async () => {
  const told: unknown[] = [];
  const store = {
    ...memoryIdempotencyStore(),
    complete: async () => {
      throw new SluiceError('unreachable', 'no database', { next: 'retry' });
    },
  };
  const { once } = createIdempotency(store, (thrown) => told.push(thrown));
  expect(await once(request, counter().act)).toMatchObject({ status: 202 });
  expect(told).toHaveLength(1);
});

test.each(['', 'a b', 'ä', 'x'.repeat(256), 'a\nb'])('the key %j is refused', async (key) => {
  const { once } = createIdempotency(memoryIdempotencyStore(), () => {});
  expect(await once({ ...request, key }, counter().act)).toMatchObject({ status: 400 });
});
