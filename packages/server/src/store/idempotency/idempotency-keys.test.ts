import { expect, it } from 'vitest';
import { NOON, TENANT } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { completeIdempotencyKey, releaseIdempotencyKey, reserveIdempotencyKey } from './idempotency-keys.ts';

const database = withDatabase();
const reserve = (changes: { key?: string; requestHash?: string; now?: number; tenant?: string } = {}) => {
  const { tenant = TENANT, ...request } = changes;
  return reserveIdempotencyKey(database.db, tenant, { key: 'k', requestHash: 'h', now: NOON, ...request });
};

it('lets the first request through and repeats its answer to the others', async () => {
  expect(await reserve()).toEqual({ kind: 'reserved' });
  expect(await reserve()).toEqual({ kind: 'in-progress' });
  await completeIdempotencyKey(database.db, TENANT, { key: 'k', status: 202, response: { id: 'ro-1' } });
  expect(await reserve()).toEqual({ kind: 'answered', status: 202, response: { id: 'ro-1' } });
  expect(await reserve({ now: NOON + 3_600_000 })).toMatchObject({ kind: 'answered' });
});

it('lets one of eight requests through that come at once', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => reserve()));
  expect(answers.filter(({ kind }) => kind === 'reserved')).toHaveLength(1);
  expect(answers.filter(({ kind }) => kind === 'in-progress')).toHaveLength(7);
});

it('refuses a key that was used for another request', async () => {
  await reserve();
  expect(await reserve({ requestHash: 'other' })).toEqual({ kind: 'mismatch' });
  expect(await reserve({ requestHash: 'other', now: NOON + 3_600_000 })).toEqual({ kind: 'mismatch' });
  expect(await reserve({ tenant: 'other', requestHash: 'other' })).toEqual({ kind: 'reserved' });
});

it('frees a key whose request failed, and not one that was answered', async () => {
  await reserve();
  await releaseIdempotencyKey(database.db, TENANT, 'k');
  expect(await reserve()).toEqual({ kind: 'reserved' });
  await completeIdempotencyKey(database.db, TENANT, { key: 'k', status: 200, response: null });
  await releaseIdempotencyKey(database.db, TENANT, 'k');
  expect(await reserve()).toEqual({ kind: 'answered', status: 200, response: null });
});

it('lets a repetition take over from a process that died a minute ago', async () => {
  await reserve();
  expect(await reserve({ now: NOON + 60_000 })).toEqual({ kind: 'in-progress' });
  expect(await reserve({ now: NOON + 60_001 })).toEqual({ kind: 'reserved' });
  expect(await reserve({ now: NOON + 60_002 })).toEqual({ kind: 'in-progress' });
});
