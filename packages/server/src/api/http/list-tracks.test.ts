import { trackPageSchema } from '@sluice/protocol/http/pages.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { sampleTrack } from '@sluice/protocol/http/testing/sample-views.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

const tracks = ['a', 'b', 'c', 'd', 'e'].map((component) =>
  sampleTrack({ id: `shop/staging/${component}`, application: 'shop', environment: 'staging', component }),
);
let api: TestApi;

beforeEach(() => {
  api = testApi({ tracks: [...tracks, sampleTrack()] });
});
afterEach(() => api.app.close());

const page = async (url: string) => trackPageSchema.parse((await ask(api, url)).json());

test('the pages together are the list, and the last has no next', async () => {
  const seen: string[] = [];
  let next: string | null = null;
  let pages = 0;
  do {
    const cursor: string = next === null ? '' : `&cursor=${next}`;
    const part = await page(`/api/v1/tracks?application=shop&limit=2${cursor}`);
    seen.push(...part.items.map(({ component }) => component));
    ({ next } = part);
    pages += 1;
  } while (next !== null);
  expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(pages).toBe(3);
});

test('filters hold back what does not fit', async () => {
  const { items } = await page('/api/v1/tracks?environment=production');
  expect(items.map(({ id }) => id)).toEqual(['storefront/production/web']);
});

test('a cursor of another filter, of another list or of nobody is a clear 400', async () => {
  const { next } = await page('/api/v1/tracks?application=shop&limit=2');
  for (const url of [
    `/api/v1/tracks?application=other&limit=2&cursor=${next}`,
    `/api/v1/rollouts?cursor=${next}`,
    '/api/v1/tracks?cursor=banana',
  ]) {
    const problem = problemIn(await ask(api, url));
    expect(problem).toMatchObject({ status: 400, code: 'invalid-cursor' });
    expect(problem.errors).toEqual([{ pointer: '/query/cursor', detail: 'is not a cursor of this list' }]);
  }
});
