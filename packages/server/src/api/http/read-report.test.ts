import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

const URL = '/api/v1/rollouts/ro-2/report';
let api: TestApi;

beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

test('programs get JSON and people get Markdown', async () => {
  const json = await ask(api, URL);
  expect(json.headers['content-type']).toMatch(/^application\/json/);
  expect(json.json()).toEqual({ rollout: 'ro-2', version: 'v2', outcome: 'running' });
  const markdown = await ask(api, { url: URL, headers: { accept: 'text/markdown' } });
  expect(markdown.headers['content-type']).toBe('text/markdown; charset=utf-8');
  expect(markdown.body).toBe('# v2 running\n');
  expect(markdown.headers.vary).toBe('accept');
});

test('another form is refused with those that there are', async () => {
  const problem = problemIn(await ask(api, { url: URL, headers: { accept: 'text/html' } }));
  expect(problem).toMatchObject({ status: 406, code: 'not-acceptable' });
});

test('the report of no rollout is a 404', async () => {
  expect(problemIn(await ask(api, '/api/v1/rollouts/ro-9/report')).status).toBe(404);
});
