import { bucketOf } from '@sluice/core/analysis/histogram.ts';
import { armSecondSchema } from '@sluice/protocol/host/host-schema.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Cleanup, endpoint, GatewayRig, RawClient, startInstance, tableOf } from './router-rig.ts';

const cleanup = new Cleanup();
let rig: GatewayRig;

beforeEach(async () => {
  rig = await GatewayRig.start(cleanup);
});
afterEach(() => cleanup.run());

const ask = async (path: string, init?: RequestInit): Promise<number> => {
  const answer = await fetch(`${rig.origin}${path}`, { redirect: 'manual', ...init });
  await answer.arrayBuffer();
  return answer.status;
};

it('answers are counted by class, and 500 and above as errors', async () => {
  const instance = await startInstance(cleanup, (request, response) => {
    response.writeHead(Number(request.url?.slice(1)), { location: '/' }).end();
  });
  rig.apply(tableOf(), [endpoint('v1', instance)]);
  for (const status of [200, 204, 301, 404, 429, 500, 503]) expect(await ask(`/${status}`)).toBe(status);
  const { v1 } = rig.counts().arms;
  expect(armSecondSchema.parse(v1)).toMatchObject({ requests: 7, errors: 2, statuses: [0, 2, 1, 2, 2, 0] });
});

it('the latency of an answer runs to its end', async () => {
  const instance = await startInstance(cleanup, (_request, response) => {
    response.write('first');
    // The latency itself is what is measured here.
    setTimeout(() => response.end('last'), 60);
  });
  rig.apply(tableOf(), [endpoint('v1', instance)]);
  await ask('/');
  const [[bucket, count] = [0, 0]] = rig.counts().arms['v1']?.latency ?? [];
  expect(count).toBe(1);
  expect(bucket).toBeGreaterThanOrEqual(bucketOf(59));
});

it('trials are requests on the start, goals are answers below 400 on the goal with its method', async () => {
  const instance = await startInstance(cleanup, (request, response) => {
    response.writeHead(request.url?.includes('bad') ? 402 : 201).end();
  });
  const goal = { path: '/checkout', method: 'POST', from: '/shop' };
  rig.apply(tableOf({ route: { goal } }), [endpoint('v1', instance)]);
  for (const path of ['/shop', '/shop/item?x', '/shopping', '/']) await ask(path);
  for (const path of ['/checkout', '/checkout/done', '/checkout?bad', '/checkouts'])
    await ask(path, { method: 'POST' });
  await ask('/checkout');
  expect(rig.counts().arms['v1']).toMatchObject({ requests: 9, trials: 2, goals: 2 });
});

it('what the router refuses is no request of any revision', async () => {
  rig.apply(tableOf({ route: { path: '/app', maxBodyBytes: 10 } }), [
    endpoint('v1', await startInstance(cleanup, (_request, response) => void response.end())),
  ]);
  expect(await ask('/')).toBe(404);
  expect(await ask('/app', { method: 'POST', body: 'more than ten bytes' })).toBe(413);
  const client = await RawClient.connect(cleanup, rig.port);
  await client.send('nonsense\r\n\r\n').ended();
  expect(rig.counts()).toMatchObject({ refused: 3, arms: {} });
});
