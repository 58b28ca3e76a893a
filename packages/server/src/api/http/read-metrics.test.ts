import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;

beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

test('Prometheus reads what was measured, by the pattern of the route and not by its names', async () => {
  await ask(api, '/api/v1/tracks/storefront/production/web');
  await ask(api, '/api/v1/tracks/storefront/production/nobody');
  await ask(api, '/api/v1/made-up-path');
  const response = await ask(api, '/metrics');
  expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const route = '/api/v1/tracks/:application/:environment/:component';
  expect(response.body).toContain(
    `sluice_http_request_duration_seconds_count{method="GET",route="${route}",status="200"} 1`,
  );
  expect(response.body).toContain(`route="${route}",status="404"} 1`);
  expect(response.body).toContain('route="unmatched",status="404"} 1');
  expect(response.body).not.toContain('made-up-path');
});
