import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const ROOT = '/apis/external.metrics.k8s.io/v1beta1';
const WANTED = `${ROOT}/namespaces/any/agent_workers_wanted`;

test('clients of Kubernetes may ask with what they add to every request', async () => {
  for (const url of [`${ROOT}?timeout=32s`, `${WANTED}?labelSelector=track%3Da&limit=500&timeout=5s`])
    expect((await ask(api, { url })).statusCode).toBe(200);
});

test('a metric that there is not, and a selector of another form, are refused with what to do', async () => {
  const unknown = problemIn(await ask(api, { url: `${ROOT}/namespaces/any/queue` }));
  expect(unknown).toMatchObject({ status: 404, remedy: expect.stringContaining('agent_workers_wanted') });
  const wrong = problemIn(await ask(api, { url: `${WANTED}?labelSelector=track%20in%20(a,b)` }));
  expect(wrong).toMatchObject({ status: 400, code: 'invalid-selector' });
});
