import { eventPageSchema, rolloutPageSchema } from '@sluice/protocol/http/pages.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { sampleEvent, sampleRollout } from '@sluice/protocol/http/testing/sample-views.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;

beforeEach(() => {
  api = testApi();
  api.plane.putRollout(sampleRollout({ id: 'ro-1', number: 1, version: 'v1', track: 'shop/production/web' }));
});
afterEach(() => api.app.close());

test('rollouts are listed newest first, of all tracks or of one', async () => {
  const all = rolloutPageSchema.parse((await ask(api, '/api/v1/rollouts')).json());
  expect(all.items.map(({ id }) => id)).toEqual(['ro-2', 'ro-1']);
  const url = '/api/v1/rollouts?track=shop/production/web';
  const one = rolloutPageSchema.parse((await ask(api, url)).json());
  expect(one.items.map(({ id }) => id)).toEqual(['ro-1']);
});

test('one rollout is read by its id', async () => {
  expect((await ask(api, '/api/v1/rollouts/ro-1')).json()).toMatchObject({ version: 'v1' });
  expect(problemIn(await ask(api, '/api/v1/rollouts/ro-9')).status).toBe(404);
});

test('the story of a rollout comes in pages, and that of no rollout is a 404', async () => {
  for (const sequence of [1, 2, 3]) api.plane.feed.publish(sampleEvent(sequence));
  const url = '/api/v1/rollouts/ro-2/events?limit=2';
  const first = eventPageSchema.parse((await ask(api, url)).json());
  expect(first.items.map(({ sequence }) => sequence)).toEqual([1, 2]);
  const second = eventPageSchema.parse((await ask(api, `${url}&cursor=${first.next}`)).json());
  expect(second).toMatchObject({ items: [{ sequence: 3 }], next: null });
  expect(problemIn(await ask(api, '/api/v1/rollouts/ro-9/events')).status).toBe(404);
});
