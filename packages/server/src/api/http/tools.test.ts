import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) => {
  const response = await api.app.inject({
    ...{ method, url, headers: { host: 'localhost' } },
    ...(payload && { payload }),
  });
  return { status: response.statusCode, body: response.json() as Record<string, unknown> };
};
const TOOL = { name: 'find-order', version: '1', runner: { kind: 'http', url: 'http://127.0.0.1:9/find' } };

it('registers a tool with what it leaves out, once, reads it and forgets it', async () => {
  const added = await ask('POST', '/api/v1/tools', { tool: TOOL, by: 'ada' });
  expect(added).toMatchObject({
    status: 200,
    body: {
      breaker: 'closed',
      definition: {
        readOnly: false,
        idempotent: false,
        timeoutMs: 30_000,
        retries: 0,
        input: { type: 'object' },
      },
    },
  });
  expect(await ask('POST', '/api/v1/tools', { tool: TOOL })).toMatchObject({ status: 200 });
  const other = { ...TOOL, description: 'another' };
  expect(await ask('POST', '/api/v1/tools', { tool: other })).toMatchObject({
    status: 409,
    body: { code: 'already-registered', remedy: expect.stringContaining('another version') },
  });
  expect(await ask('GET', '/api/v1/tools')).toMatchObject({ body: { items: [{}], next: null } });
  expect(await ask('DELETE', '/api/v1/tools/find-order/1?by=ada')).toMatchObject({ status: 200 });
  expect(await ask('GET', '/api/v1/tools/find-order/1')).toMatchObject({ status: 404 });
});

it.each([
  ['a name that is none', { ...TOOL, name: 'Find Order' }],
  ['an address that is none', { ...TOOL, runner: { kind: 'http', url: 'file:///etc/passwd' } }],
  ['a kind that nobody knows', { ...TOOL, runner: { kind: 'shell', command: 'rm' } }],
  ['a key that nobody knows', { ...TOOL, shell: true }],
  ['no time at all', { ...TOOL, timeoutMs: 0 }],
])('refuses %s', async (_, tool) => {
  expect(await ask('POST', '/api/v1/tools', { tool })).toMatchObject({ status: 400 });
});

it('lists calls and what hooks said, by task', async () => {
  const task = '01930000-0000-7000-8000-000000000001';
  expect(await ask('GET', `/api/v1/tool-calls?task=${task}&state=failed`)).toMatchObject({
    body: { items: [] },
  });
  expect(await ask('GET', '/api/v1/tool-calls?task=none')).toMatchObject({ status: 400 });
  expect(await ask('GET', `/api/v1/hook-firings?task=${task}`)).toMatchObject({ body: { items: [] } });
});
