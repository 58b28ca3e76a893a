import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { afterEach, expect, test } from 'vitest';
import type { ApiHealth } from '../api-parts.ts';
import { ask } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

const open: TestApi[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ app }) => app.close()));
});

function apiWith(health: ApiHealth): TestApi {
  const api = testApi({ health, limits: { probeTimeoutMs: 20 } });
  open.push(api);
  return api;
}

const there = { name: 'store', check: async () => {} };
const missing = {
  name: 'host',
  check: async () => {
    throw new SluiceError('unreachable', 'no host listens on the socket', { next: 'retry' });
  },
};

test('ready is when all is there', async () => {
  const response = await ask(apiWith({ probes: [there], started: () => true }), '/health/ready');
  expect(response.statusCode).toBe(200);
  expect(response.json()).toMatchObject({ status: 'ok', checks: [{ name: 'store', ok: true }] });
});

test('what is missing is named with 503, while liveness stays good', async () => {
  const api = apiWith({ probes: [there, missing], started: () => true });
  const response = await ask(api, '/health/ready');
  expect(response.statusCode).toBe(503);
  expect(response.json()).toMatchObject({
    status: 'unavailable',
    checks: [
      { name: 'store', ok: true },
      { name: 'host', ok: false, detail: 'no host listens on the socket' },
    ],
  });
  expect((await ask(api, '/health/live')).statusCode).toBe(200);
});

test('a probe that hangs does not hang the answer', async () => {
  const api = apiWith({
    probes: [{ name: 'loop', check: () => new Promise(() => {}) }],
    started: () => true,
  });
  expect((await ask(api, '/health/ready')).json()).toMatchObject({
    checks: [{ ok: false, detail: 'no answer within 20 ms' }],
  });
});

test('many who ask at once are one question to what is probed', async () => {
  let probes = 0;
  const slow = Promise.withResolvers<void>();
  const check = async (): Promise<void> => {
    probes += 1;
    await slow.promise;
  };
  const api = testApi({ health: { probes: [{ name: 'store', check }], started: () => true } });
  open.push(api);
  await api.app.ready();
  const asked = [...Array(20)].map(() => ask(api, '/health/ready'));
  await expect.poll(() => probes).toBe(1);
  slow.resolve();
  for (const { statusCode } of await Promise.all(asked)) expect(statusCode).toBe(200);
  expect(probes).toBeLessThan(5);
});

test('before the start is complete nothing is ready', async () => {
  const api = apiWith({ probes: [there], started: () => false });
  expect((await ask(api, '/health/ready')).statusCode).toBe(503);
  expect((await ask(api, '/startup')).statusCode).toBe(503);
});

test('every health answer says who can reach the API', async () => {
  const api = apiWith({ probes: [there], started: () => true });
  for (const url of ['/health/live', '/health/ready', '/startup']) {
    expect((await ask(api, url)).json()).toMatchObject({
      exposure: expect.stringContaining('Listens on the loopback address, and elsewhere over TLS alone'),
    });
  }
});
