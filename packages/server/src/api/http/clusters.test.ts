import { clusterHealthSchema, clusterPageSchema, clusterSchema } from '@sluice/protocol/http/clusters.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const EU = { credentials: { kind: 'kubeconfig', path: '/etc/eu.yaml' }, region: 'eu-central-1' };
const send = (method: 'PUT' | 'DELETE', url: string, payload?: object) =>
  api.app.inject({ method, url, headers: { host: 'localhost' }, ...(payload && { payload }) });

test('a cluster is registered, listed, asked and removed', async () => {
  const put = await send('PUT', '/api/v1/clusters/eu', EU);
  expect(clusterSchema.parse(put.json())).toMatchObject({ name: 'eu', provider: null, ...EU });
  const page = clusterPageSchema.parse((await ask(api, '/api/v1/clusters')).json());
  expect(page.items.map(({ name }) => name)).toEqual(['eu']);
  const health = clusterHealthSchema.parse(
    (await ask(api, '/api/v1/clusters/eu/health?namespace=shop')).json(),
  );
  expect(health).toMatchObject({ reachable: true, namespaces: ['shop'] });
  expect((await send('DELETE', '/api/v1/clusters/eu?by=ada')).statusCode).toBe(200);
  expect(problemIn(await send('DELETE', '/api/v1/clusters/eu'))).toMatchObject({ status: 404 });
});

test.each([
  ['a token', { credentials: { kind: 'token', server: 'https://a', token: 'secret' } }, '/body/credentials'],
  ['an unknown key', { ...EU, zone: 'b' }, '/body'],
  [
    'a path that starts nowhere',
    { credentials: { kind: 'kubeconfig', path: 'eu.yaml' } },
    '/body/credentials/path',
  ],
])('%s is refused, and nothing is registered', async (_, body, pointer) => {
  const problem = problemIn(await send('PUT', '/api/v1/clusters/eu', body));
  expect(problem).toMatchObject({ status: 400, code: 'invalid-request' });
  expect(problem.errors?.[0]?.pointer).toContain(pointer);
  expect((await ask(api, '/api/v1/clusters')).json()).toMatchObject({ items: [] });
});

test.each(['context:eu', 'EU', 'a_b', '-a'])('%s is no name for a cluster', async (name) => {
  const problem = problemIn(await send('PUT', `/api/v1/clusters/${encodeURIComponent(name)}`, EU));
  expect(problem.errors?.[0]?.pointer).toBe('/path/name');
});
