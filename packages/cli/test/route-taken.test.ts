import { join } from 'node:path';
import type { SplitOrder } from '@sluice/protocol/host/host-schema.ts';
import { hostClient, type HostClient } from '@sluice/server/host-client/host-client.ts';
import { hostSocket } from '@sluice/server/host-client/host-socket.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testMachine, type TestMachine } from './machine-harness.ts';

const ELSEWHERE = 'museum/production/pages';

const emptySplit = (generation: number, name: string | null): SplitOrder => ({
  generation,
  route: { host: name, path: '/', protocol: 'http1', timeoutMs: 10_000, maxBodyBytes: 0, goal: null },
  split: { weights: [], matches: [], mirror: null, sticky: null, salt: '' },
});

describe('a host on which a track that the store does not know has the route', () => {
  let shop: TestMachine;
  let host: HostClient;
  beforeAll(async () => {
    shop = await testMachine();
    host = hostClient(await hostSocket(join(shop.directory, 'host'), AbortSignal.timeout(30_000)));
    await host.orderSplit(ELSEWHERE, emptySplit(1, null));
  });
  afterAll(async () => {
    await host.close();
    await shop.down();
  });

  it('has a release say within seconds who has it, and lets it be aborted', async () => {
    await shop.release('v1', {});
    const refused = await shop.until(({ explanation }) => explanation.refusedOrders?.length === 1, 20_000);
    expect(refused.explanation.waitingFor).toBe(
      'the router to confirm the split: the host refused to split the traffic of storefront/local/web: ' +
        `The route any host / already belongs to the track ${ELSEWHERE}. ` +
        'Give the component another host or path, or retire the other track first.',
    );
    await shop.post('/tracks/storefront/local/web/commands', { command: 'abort', by: 'test' });
    const ended = await shop.ended('v1', 20_000);
    expect(ended).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'aborted' } });
    await shop.until(({ revisions, splitConfirmed }) => revisions.length === 0 && splitConfirmed, 20_000);
    expect(await shop.instances()).toEqual([]);
    expect((await fetch(`http://127.0.0.1:${shop.machine().routerPort}/`)).status).toBe(503);
  });

  it('lets the next release go out once the route is free', async () => {
    await host.orderSplit(ELSEWHERE, emptySplit(2, 'museum.test'));
    await shop.release('v2', {});
    expect((await shop.ended('v2')).outcome).toBe('succeeded');
    expect((await fetch(`http://127.0.0.1:${shop.machine().routerPort}/`)).status).toBe(200);
  });
});
