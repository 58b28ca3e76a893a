import { sampleTrack } from '@sluice/protocol/http/testing/sample-views.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostDirectory } from '../../host-client/host-directory.ts';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

const HOST = {
  version: '1.0.0',
  pid: 5,
  startedAt: 1,
  routerPort: 8080,
  routerWorkers: [
    { pid: 6, ready: true },
    { pid: 7, ready: false },
  ],
  machine: { processors: 2, load: 0.5, memoryBytes: 8e9, freeMemoryBytes: 4e9 },
};

let api: TestApi;
let isAway = false;
beforeEach(() => {
  isAway = false;
  const status = async () => {
    if (isAway) throw new Error('connect ENOENT host.sock');
    return HOST;
  };
  api = testApi({
    tracks: [sampleTrack(), sampleTrack({ id: 'other/test/api' })],
    hosts: hostDirectory({ status }, () => 42),
  });
});
afterEach(() => api.app.close());

test('instances come by component, all of them or those of one', async () => {
  const tracksIn = async (query: string) =>
    (await ask(api, `/api/v1/instances${query}`))
      .json<{ items: { track: string }[] }>()
      .items.map(({ track }) => track);
  expect(await tracksIn('')).toEqual(['storefront/production/web', 'other/test/api'].toSorted());
  expect(await tracksIn('?track=other/test/api')).toEqual(['other/test/api']);
});

test('a cursor of one component is no cursor of another', async () => {
  const { next } = (await ask(api, '/api/v1/instances?limit=1')).json<{ next: string }>();
  const response = await ask(api, `/api/v1/instances?track=other/test/api&cursor=${next}`);
  expect(problemIn(response).code).toBe('invalid-cursor');
});

test('a machine tells how it stands; one that does not answer is in the list with the reason', async () => {
  const hosts = async () => (await ask(api, '/api/v1/hosts')).json<{ items: unknown[] }>().items;
  expect(await hosts()).toEqual([
    {
      ...{ name: 'this machine', reachable: true, detail: null, seenAt: 42, version: '1.0.0', pid: 5 },
      ...{ startedAt: 1, router: { port: 8080, ready: 1, starting: 1 }, machine: HOST.machine },
    },
  ]);
  isAway = true;
  expect(await hosts()).toMatchObject([
    { reachable: false, detail: expect.stringContaining('ENOENT'), seenAt: 42, router: null },
  ]);
});

test('a control plane without a machine has none', async () => {
  const clusters = testApi({ hosts: hostDirectory(null, () => 42) });
  expect((await ask(clusters, '/api/v1/hosts')).json()).toEqual({ items: [] });
  await clusters.app.close();
});
