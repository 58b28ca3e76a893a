import type { ApiClient } from '@sluice/protocol/http/client.ts';
import { expect, it } from 'vitest';
import { withNames } from './with-names.ts';

let asked = 0;
const contextWith = (reply: Awaited<ReturnType<ApiClient['names']>>) => ({
  api: async () =>
    ({
      names: async () => {
        asked += 1;
        return reply;
      },
    }) as unknown as ApiClient,
});
const told = contextWith({
  ok: true,
  value: { items: [{ subject: 'person:ada@example.com', name: 'Ada Lovelace' }] },
  tag: null,
  replayed: false,
});

it('everybody in an answer goes by their name, however deep they stand in it', async () => {
  const answer = {
    by: 'person:ada@example.com',
    votes: [{ words: 'asked by token:ci', at: 5, reason: null }],
  };
  expect(await withNames(told, answer)).toEqual({
    by: 'Ada Lovelace',
    votes: [{ words: 'asked by token ci', at: 5, reason: null }],
  });
});

it('nobody is asked for names where no person is named', async () => {
  asked = 0;
  expect(await withNames(told, ['token:ci'])).toEqual(['token ci']);
  expect(asked).toBe(0);
});

it('whose name is not told is still put into words', async () => {
  const silent = contextWith({ ok: false, failure: { kind: 'timed-out', message: 'late' } });
  expect(await withNames(silent, 'paused by person:ada@example.com')).toBe('paused by ada@example.com');
});
