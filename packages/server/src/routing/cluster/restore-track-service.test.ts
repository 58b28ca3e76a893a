import type { ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import type { RouterSettings } from '@sluice/kubernetes/settings/router-settings.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PlayedCluster, playedCluster } from '../../targets/testing/played-cluster.ts';
import { type GatewayController, startGatewayController } from './testing/gateway-controller.ts';
import { CANDIDATE, gatewaySettings, istioSettings, splitOf, STABLE } from './testing/route-samples.ts';
import { ALL_STABLE, routedTrack, type RoutedTrackInTest } from './testing/routed-track.ts';

const PATIENCE = { timeout: 10_000, interval: 20 };
const SERVICE: RouterSettings = { kind: 'service' };

let cluster: PlayedCluster;
let namespace: string;
let gateway: GatewayController;
beforeAll(async () => {
  cluster = await playedCluster();
  namespace = await cluster.namespace();
  gateway = await startGatewayController(cluster.client, namespace);
}, 30_000);
afterAll(async () => {
  await gateway.stop();
  await cluster.close();
});

const named = (name: string): ObjectReference => ({ apiVersion: 'v1', kind: 'Service', namespace, name });
/** What a Service says, without what a server gives each object anew. */
async function said(name: string) {
  const present = await cluster.client.read(named(name));
  if (present === undefined) return undefined;
  const { labels, annotations } = present.metadata;
  const { selector, ports } = present.spec ?? {};
  return { labels, annotations: { ...annotations, 'sluice.dev/generation': '' }, selector, ports };
}
const running = async (...routers: readonly RouterSettings[]): Promise<RoutedTrackInTest> => {
  const web = routedTrack(cluster.client, namespace, { routers });
  await web.run();
  return web;
};
/** Removes a Service, and waits until a look knows that the split is not in force any more. */
async function lose(web: RoutedTrackInTest, name: string): Promise<void> {
  await cluster.client.remove(named(name));
  await vi.waitFor(
    async () => expect((await web.router.observe(web.track))?.generation ?? 0).toBe(0),
    PATIENCE,
  );
}

describe.each([
  { title: 'a route of the Gateway API', router: gatewaySettings() },
  { title: 'a VirtualService', router: istioSettings() },
])('behind $title', ({ router }) => {
  it('the Service of the component comes back with the next order, and the split is in force only then', async () => {
    const web = await running(router);
    await web.apply(ALL_STABLE, 1);
    const before = await said(web.name);
    await lose(web, web.name);
    await web.apply(ALL_STABLE, 2);
    expect(await said(web.name)).toEqual(before);
    expect(await web.router.observe(web.track)).toEqual({ split: ALL_STABLE, generation: 2 });
  });

  it('a revision with requests whose Service is gone is told by name until the target has made it', async () => {
    const web = await running(router);
    await web.apply(splitOf(2_000), 1);
    for (const [index, revision] of [CANDIDATE, STABLE].entries()) {
      const name = revisionName(web.track, revision);
      await lose(web, name);
      await expect(web.apply(splitOf(2_000), index + 2)).rejects.toThrow(
        `${revision} has no Service ${name}`,
      );
      await web.run();
      await web.apply(splitOf(2_000), index + 2);
    }
    expect(await web.router.observe(web.track)).toEqual({ split: splitOf(2_000), generation: 3 });
  });

  it('the Service of a revision without requests is not missed', async () => {
    const web = await running(router);
    await web.apply(ALL_STABLE, 1);
    await cluster.client.remove(named(revisionName(web.track, CANDIDATE)));
    await web.apply(ALL_STABLE, 2);
    expect(await web.router.observe(web.track)).toEqual({ split: ALL_STABLE, generation: 2 });
    expect(await said(revisionName(web.track, CANDIDATE))).toBeUndefined();
  });

  it('a Service that has lost the marks of Sluice is there all the same', async () => {
    const web = await running(router);
    await web.apply(ALL_STABLE, 1);
    const marks = { 'sluice.dev/track': null };
    await cluster.client.patch(named(web.name), { metadata: { labels: marks, annotations: marks } });
    await vi.waitFor(async () => {
      expect(await said(web.name)).not.toMatchObject({ labels: { 'sluice.dev/track': expect.anything() } });
      expect(await web.router.observe(web.track)).toEqual({ split: ALL_STABLE, generation: 1 });
    }, PATIENCE);
  });
});

it('a plain Service comes back with the next order', async () => {
  const web = await running(SERVICE);
  await web.apply(ALL_STABLE, 1);
  const before = await said(web.name);
  await lose(web, web.name);
  await web.apply(ALL_STABLE, 1);
  expect(await said(web.name)).toMatchObject({ labels: before?.labels, ports: before?.ports });
  expect(await web.router.observe(web.track)).toEqual({ split: ALL_STABLE, generation: 1 });
});

it.each([{ router: SERVICE }, { router: istioSettings() }])(
  'no Service is made before its revision runs ($router.kind)',
  async ({ router }) => {
    const web = routedTrack(cluster.client, namespace, { routers: [router] });
    await expect(web.apply(ALL_STABLE, 1)).rejects.toMatchObject({ code: 'not-found', next: 'retry' });
    expect(await said(web.name)).toBeUndefined();
    expect(await said(revisionName(web.track, STABLE))).toBeUndefined();
  },
);
