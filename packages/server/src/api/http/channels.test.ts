import {
  channelPageSchema,
  channelSchema,
  channelTestSchema,
  subscriptionPageSchema,
  subscriptionSchema,
} from '@sluice/protocol/http/channels.ts';
import {
  type DeliveryView,
  deliveryPageSchema,
  deliverySchema,
  replayedSchema,
} from '@sluice/protocol/http/deliveries.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type MemoryChannels, memoryChannels } from '../testing/memory-channels.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
let channels: MemoryChannels;
beforeEach(() => {
  channels = memoryChannels();
  api = testApi({ channels });
});
afterEach(() => api.app.close());

const HOOK = {
  settings: { kind: 'webhook', url: 'https://hooks.example/in', secrets: [{ env: 'SLUICE_CHANNEL_HOOK' }] },
};
const send = (method: 'PUT' | 'DELETE' | 'POST', url: string, payload?: object) =>
  api.app.inject({ method, url, headers: { host: 'localhost' }, ...(payload && { payload }) });

test('a channel is added, listed, tried, subscribed to and removed', async () => {
  const put = await send('PUT', '/api/v1/channels/ops', HOOK);
  expect(channelSchema.parse(put.json())).toMatchObject({ name: 'ops', kind: 'webhook', ...HOOK });
  const page = channelPageSchema.parse((await ask(api, '/api/v1/channels')).json());
  expect(page.items.map(({ name }) => name)).toEqual(['ops']);
  expect(channelSchema.parse((await ask(api, '/api/v1/channels/ops')).json())).toMatchObject({ name: 'ops' });
  const tried = await send('POST', '/api/v1/channels/ops/test', {});
  expect(channelTestSchema.parse(tried.json())).toEqual({ delivered: true, message: null });
  const subscribed = await send('PUT', '/api/v1/subscriptions/all', { channel: 'ops' });
  expect(subscriptionSchema.parse(subscribed.json())).toMatchObject({
    ...{ name: 'all', channel: 'ops', kinds: ['*'], severity: 'notice', throttle: null },
  });
  const list = subscriptionPageSchema.parse((await ask(api, '/api/v1/subscriptions')).json());
  expect(list.items).toHaveLength(1);
  expect(subscriptionSchema.parse((await ask(api, '/api/v1/subscriptions/all')).json()).name).toBe('all');
  expect(problemIn(await send('DELETE', '/api/v1/channels/ops'))).toMatchObject({ status: 409 });
  expect((await send('DELETE', '/api/v1/subscriptions/all')).statusCode).toBe(200);
  expect((await send('DELETE', '/api/v1/channels/ops')).statusCode).toBe(200);
  expect(problemIn(await send('DELETE', '/api/v1/channels/ops'))).toMatchObject({ status: 404 });
});

test('deliveries are listed by what became of them, and told again', async () => {
  const id = '5f0d7a3c-8a53-4c53-9f5b-1f6f2f0a2a11';
  const dead: DeliveryView = {
    ...{
      id,
      channel: 'ops',
      subscription: 'all',
      event: 'event-1',
      kind: 'rollout.held',
      severity: 'warning',
    },
    ...{ title: 'it is held', state: 'dead', attempts: 30, dueAt: null, failure: 'it answered 500' },
    ...{ createdAt: SAMPLE_TIME, finishedAt: SAMPLE_TIME },
  };
  channels.told.set(id, dead);
  await send('PUT', '/api/v1/channels/ops', HOOK);
  const page = deliveryPageSchema.parse((await ask(api, '/api/v1/deliveries?state=dead&channel=ops')).json());
  expect(page.items).toEqual([dead]);
  expect((await ask(api, '/api/v1/deliveries?state=delivered')).json()).toMatchObject({ items: [] });
  expect(deliverySchema.parse((await ask(api, `/api/v1/deliveries/${id}`)).json())).toEqual(dead);
  const replayed = await send('POST', `/api/v1/deliveries/${id}/replay`, {});
  expect(deliverySchema.parse(replayed.json())).toMatchObject({ state: 'waiting', attempts: 0 });
  expect(problemIn(await send('POST', `/api/v1/deliveries/${id}/replay`, {}))).toMatchObject({ status: 409 });
  expect(replayedSchema.parse((await send('POST', '/api/v1/channels/ops/replay', {})).json())).toEqual({
    replayed: 0,
  });
});

test.each([
  ['a secret that stands there itself', { ...HOOK.settings, secrets: ['whsec_abc'] }, 'secrets'],
  ['no secret', { ...HOOK.settings, secrets: [] }, 'secrets'],
  ['another scheme', { ...HOOK.settings, url: 'file:///etc/passwd' }, 'url'],
  ['an unknown kind', { kind: 'pigeon' }, 'settings'],
  ['an unknown key', { ...HOOK.settings, token: 'abc' }, 'settings'],
])('%s is refused, and nothing is added', async (_, settings, pointer) => {
  const problem = problemIn(await send('PUT', '/api/v1/channels/ops', { settings }));
  expect(problem).toMatchObject({ status: 400, code: 'invalid-request' });
  expect(JSON.stringify(problem.errors)).toContain(pointer);
  expect((await ask(api, '/api/v1/channels')).json()).toMatchObject({ items: [] });
});

test.each([
  [{ channel: 'ops', kinds: [] }, '/body/kinds'],
  [{ channel: 'ops', severity: 'loud' }, '/body/severity'],
  [{ channel: 'ops', throttle: { most: 0, perMs: 1_000 } }, '/body/throttle'],
])('a subscription that makes no sense is refused: %j', async (body, pointer) => {
  const problem = problemIn(await send('PUT', '/api/v1/subscriptions/all', body));
  expect(problem.errors?.[0]?.pointer).toContain(pointer);
});
