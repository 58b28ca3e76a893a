import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { testRevisionId } from '../../targets/testing/test-revision.ts';
import { EMPTY_SPLIT } from '@sluice/core/traffic/split.ts';
import type { ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PlayedCluster, playedCluster } from '../../targets/testing/played-cluster.ts';
import { type GatewayController, startGatewayController } from './testing/gateway-controller.ts';
import {
  CANDIDATE,
  gatewaySettings,
  istioSettings,
  matchesTo,
  splitOf,
  STABLE,
} from './testing/route-samples.ts';
import { ALL_STABLE, routedTrack, type RoutedTrackInTest } from './testing/routed-track.ts';

const GATEWAY = gatewaySettings();
const ISTIO = istioSettings();
const PATIENCE = { timeout: 10_000, interval: 20 };

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
beforeEach(() => {
  gateway.mood = 'takes';
});

const routeOf = ({ name }: RoutedTrackInTest): ObjectReference => ({
  ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', namespace, name },
});
const virtualServiceOf = ({ name }: RoutedTrackInTest): ObjectReference => ({
  ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', namespace, name },
});
const serviceOf = ({ name }: RoutedTrackInTest): ObjectReference => ({
  ...{ apiVersion: 'v1', kind: 'Service', namespace, name },
});
const failure = (code: string) => expect.objectContaining({ name: 'SluiceError', code });
const full = splitOf(2_500, {
  matches: matchesTo(
    CANDIDATE,
    { on: 'cookie', name: 'group', equals: 'beta' },
    { on: 'path', prefix: '/a' },
  ),
  mirror: { revision: CANDIDATE, basisPoints: 5 },
});

describe.each([
  { title: 'a route of the Gateway API', routers: [GATEWAY], reference: routeOf },
  { title: 'a VirtualService', routers: [ISTIO], reference: virtualServiceOf },
])('$title', ({ routers, reference }) => {
  let web: RoutedTrackInTest;
  beforeAll(async () => {
    web = routedTrack(cluster.client, namespace, { routers });
    await web.run();
  }, 30_000);

  it('has the split in force that was ordered, under its generation', async () => {
    expect(await web.router.observe(web.track)).toBeNull();
    for (const [index, split] of [ALL_STABLE, full, splitOf(0), EMPTY_SPLIT, splitOf(10_000)].entries()) {
      await web.apply(split, index + 1);
      expect(await web.router.observe(web.track)).toEqual({ split, generation: index + 1 });
    }
    await web.apply(splitOf(10_000), 6);
    expect(await web.router.observe(web.track)).toMatchObject({ generation: 6 });
  });

  it('refuses what was overtaken, or was ordered otherwise under the same generation', async () => {
    await web.apply(splitOf(2_000), 20);
    await expect(web.apply(full, 19)).rejects.toMatchObject({
      code: 'refused-as-stale',
      cause: { heldGeneration: 20, isReused: false },
    });
    await expect(web.apply(full, 20)).rejects.toMatchObject({
      code: 'refused-as-stale',
      cause: { heldGeneration: 20, isReused: true },
    });
    await web.apply(splitOf(2_000), 20);
    expect(await web.router.observe(web.track)).toEqual({ split: splitOf(2_000), generation: 20 });
  });

  it('ends with the newest of several orders that two replicas give at once', async () => {
    const replica = web.routerWith({ client: await cluster.another() });
    const orders = [30, 33, 31, 34, 32].map((generation, index) =>
      web.apply(splitOf(generation), generation, index % 2 === 0 ? web.router : replica),
    );
    const results = await Promise.allSettled(orders);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toEqual(failure('refused-as-stale'));
    await vi.waitFor(
      async () => expect(await web.router.observe(web.track)).toEqual({ split: splitOf(34), generation: 34 }),
      PATIENCE,
    );
  });

  it('that a hand has changed says so, and is mended under the same generation', async () => {
    const split = splitOf(1_000);
    await web.apply(split, 40);
    const present = await cluster.client.read(reference(web));
    const text = JSON.stringify(present?.spec).replace('"weight":1000', '"weight":81000');
    await cluster.client.patch(reference(web), { spec: JSON.parse(text) as JsonObject });
    const byHand = { split: splitOf(9_000), generation: 0 };
    const seen = () => web.router.observe(web.track);
    await vi.waitFor(async () => expect(await seen()).toMatchObject({ generation: 0 }), PATIENCE);
    expect((await seen())?.split.weights).toEqual(byHand.split.weights);
    await web.apply(split, 40);
    expect(await seen()).toEqual({ split, generation: 40 });
  });

  it('with marks that a hand has spoilt is ordered anew, and its fence holds', async () => {
    await web.apply(splitOf(700), 50);
    await cluster.client.patch(reference(web), {
      metadata: { annotations: { 'sluice.dev/split': '{"weights":7' } },
    });
    await vi.waitFor(
      async () => expect(await web.router.observe(web.track)).toMatchObject({ generation: 0 }),
      PATIENCE,
    );
    await expect(web.apply(splitOf(700), 49)).rejects.toEqual(failure('refused-as-stale'));
    await web.apply(splitOf(700), 50);
    expect(await web.router.observe(web.track)).toEqual({ split: splitOf(700), generation: 50 });
  });

  it('that is gone has no split, and comes back with the next order', async () => {
    await cluster.client.remove(reference(web));
    await vi.waitFor(async () => expect(await web.router.observe(web.track)).toBeNull(), PATIENCE);
    await web.apply(splitOf(600), 60);
    expect(await web.router.observe(web.track)).toEqual({ split: splitOf(600), generation: 60 });
  });

  it('is in force also in the eyes of a revision with another path and another timeout', async () => {
    await web.apply(splitOf(500), 70);
    const candidate = web.routerWith({
      component: { route: { host: 'other.test', path: '/other' } },
      settings: { routers: routers.map((router) => ({ ...router, timeoutMs: 5_000 })) },
    });
    expect(await candidate.observe(web.track)).toEqual({ split: splitOf(500), generation: 70 });
  });

  it('leads to no revision that is not there, or that has no ready pod', async () => {
    await web.apply(ALL_STABLE, 80);
    const absent = testRevisionId(99);
    const split = { ...ALL_STABLE, weights: [{ revision: absent, basisPoints: 10_000 }] };
    await expect(web.apply(split, 81)).rejects.toEqual(failure('not-found'));
    expect(await web.router.observe(web.track)).toEqual({ split: ALL_STABLE, generation: 80 });
  });

  it('of somebody else is left alone', async () => {
    const other = routedTrack(cluster.client, namespace, { routers });
    const { apiVersion, kind, name } = reference(other);
    await other.run();
    const spec = kind === 'HTTPRoute' ? { hostnames: ['a.test'] } : { hosts: ['a.test'] };
    await cluster.client.apply({ apiVersion, kind, metadata: { name, namespace }, spec });
    await expect(other.apply(ALL_STABLE, 1)).rejects.toThrow('belongs to somebody else');
    const left = await cluster.client.read(reference(other));
    expect(left?.spec).toMatchObject(spec);
    expect(left?.metadata.annotations).toBeUndefined();
  });
});

describe('what a gateway says of a route', () => {
  it('decides whether the split is in force', async () => {
    const web = routedTrack(cluster.client, namespace, { routers: [GATEWAY] }, { confirmWithinMs: 300 });
    await web.run();
    await web.apply(ALL_STABLE, 1);
    gateway.mood = 'is silent';
    await expect(web.apply(splitOf(100), 2)).rejects.toThrow(
      'sluice.test/gateway has not looked at it yet for the Gateway public (Accepted)',
    );
    expect(await web.router.observe(web.track)).toMatchObject({ generation: 1 });
    gateway.mood = 'refuses';
    await expect(web.apply(splitOf(200), 3)).rejects.toMatchObject({
      code: 'timed-out',
      message: expect.stringContaining('the Gateway public refuses it (ResolvedRefs: BackendNotFound)'),
    });
    expect(await web.router.observe(web.track)).toMatchObject({ generation: 1 });
    gateway.mood = 'takes';
    await web.apply(splitOf(200), 4);
    expect(await web.router.observe(web.track)).toEqual({ split: splitOf(200), generation: 4 });
  });

  it('is asked anew when a hand has changed the route, though the same split was confirmed before', async () => {
    const web = routedTrack(cluster.client, namespace, { routers: [GATEWAY] }, { confirmWithinMs: 300 });
    await web.run();
    await web.apply(splitOf(300), 1);
    gateway.mood = 'is silent';
    const present = await cluster.client.read(routeOf(web));
    const text = JSON.stringify(present?.spec).replace('"weight":300', '"weight":90300');
    await cluster.client.patch(routeOf(web), { spec: JSON.parse(text) as JsonObject });
    await expect(web.apply(splitOf(300), 5)).rejects.toMatchObject({ code: 'timed-out' });
    expect(await web.router.observe(web.track)).toEqual({ split: splitOf(300), generation: 0 });
    gateway.mood = 'takes';
    await web.apply(splitOf(300), 6);
    expect(await web.router.observe(web.track)).toEqual({ split: splitOf(300), generation: 6 });
  });
});

describe('a route that was there', () => {
  const rules = (service: string): readonly JsonObject[] => [
    { matches: [{ path: { type: 'PathPrefix', value: '/api' } }], backendRefs: [{ name: 'api', port: 80 }] },
    { backendRefs: [{ name: service, port: 80 }] },
  ];

  it('keeps what is not ours through every split, and drift in that is no drift', async () => {
    const adopted = gatewaySettings({ name: 'theirs', parents: [] });
    const web = routedTrack(cluster.client, namespace, { routers: [adopted] });
    await web.run();
    await expect(web.apply(ALL_STABLE, 1)).rejects.toEqual(failure('not-found'));
    const reference = { ...routeOf(web), name: 'theirs' };
    await cluster.client.apply(
      {
        ...{ apiVersion: reference.apiVersion, kind: 'HTTPRoute' },
        metadata: { name: 'theirs', namespace, annotations: { keep: 'me' } },
        spec: { hostnames: ['shop.test'], parentRefs: [{ name: 'public' }], rules: rules(web.name) },
      },
      { manager: 'kubectl' },
    );
    await web.apply(full, 2);
    expect(await web.router.observe(web.track)).toEqual({ split: full, generation: 2 });
    const split = await cluster.client.read(reference);
    expect(split?.spec).toMatchObject({ hostnames: ['shop.test'], rules: [rules(web.name)[0], {}, {}] });
    expect(split?.metadata).toMatchObject({ annotations: { keep: 'me' } });
    await cluster.client.patch(reference, { spec: { hostnames: ['shop.test', 'new.test'] } });
    await vi.waitFor(
      async () => expect(await web.router.observe(web.track)).toEqual({ split: full, generation: 2 }),
      PATIENCE,
    );
    await web.apply(ALL_STABLE, 3);
    const last = (await cluster.client.read(reference))?.spec;
    expect(last).toMatchObject({ hostnames: ['shop.test', 'new.test'] });
    expect(last?.['rules']).toMatchObject([
      rules(web.name)[0],
      { backendRefs: [{ name: revisionName(web.track, STABLE), port: 80, weight: 10_000 }] },
    ]);
    await cluster.client.patch(reference, { spec: { rules: rules('nobody') } });
    await vi.waitFor(
      async () => expect(await web.router.observe(web.track)).toEqual({ split: EMPTY_SPLIT, generation: 0 }),
      PATIENCE,
    );
    await expect(web.apply(ALL_STABLE, 4)).rejects.toEqual(failure('invalid-input'));
  });

  it('and is split for another component already is left to it', async () => {
    const adopted = gatewaySettings({ name: 'shared', parents: [] });
    const [web, api] = [1, 2].map(() => routedTrack(cluster.client, namespace, { routers: [adopted] }));
    if (!web || !api) throw new TypeError('two were made');
    await Promise.all([web.run(), api.run()]);
    await cluster.client.apply({
      ...{ apiVersion: routeOf(web).apiVersion, kind: 'HTTPRoute', metadata: { name: 'shared', namespace } },
      spec: { rules: [...rules(web.name), ...rules(api.name)] },
    });
    await web.apply(ALL_STABLE, 1);
    await expect(api.apply(ALL_STABLE, 1)).rejects.toThrow(`belongs to ${web.track}`);
    expect(await web.router.observe(web.track)).toEqual({ split: ALL_STABLE, generation: 1 });
  });
});

describe('a plain Service', () => {
  it('leads to the pods of those who have a share, and of nobody else', async () => {
    const web = routedTrack(cluster.client, namespace, { routers: [{ kind: 'service' }] });
    await expect(web.apply(ALL_STABLE, 1)).rejects.toMatchObject({ code: 'not-found', next: 'retry' });
    await web.run(2);
    const selected = async () =>
      ((await cluster.client.read(serviceOf(web)))?.spec?.['selector'] ?? {}) as Record<string, string>;
    for (const [generation, split, revision] of [
      [1, ALL_STABLE, STABLE],
      [2, splitOf(5_000), undefined],
      [3, splitOf(10_000), CANDIDATE],
      [4, splitOf(0), STABLE],
    ] as const) {
      await web.apply(split, generation);
      expect(await web.router.observe(web.track)).toEqual({ split, generation });
      expect((await selected())['sluice.dev/revision']).toBe(revision);
    }
    await web.apply(EMPTY_SPLIT, 5);
    expect(await web.router.observe(web.track)).toEqual({ split: EMPTY_SPLIT, generation: 5 });
    expect(await selected()).toEqual({ 'sluice.dev/nobody': 'true' });
  }, 20_000);

  it('that a hand has narrowed says who gets the requests now', async () => {
    const web = routedTrack(cluster.client, namespace, { routers: [{ kind: 'service' }] });
    await web.run();
    await web.apply(splitOf(5_000), 1);
    await cluster.client.patch(serviceOf(web), { spec: { selector: { 'sluice.dev/revision': STABLE } } });
    await vi.waitFor(
      async () => expect(await web.router.observe(web.track)).toEqual({ split: ALL_STABLE, generation: 0 }),
      PATIENCE,
    );
    await web.apply(splitOf(5_000), 1);
    expect(await web.router.observe(web.track)).toEqual({ split: splitOf(5_000), generation: 1 });
  });

  it('refuses what it cannot do, before anything is changed', async () => {
    const web = routedTrack(cluster.client, namespace, { routers: [{ kind: 'service' }] });
    await web.run();
    await web.apply(ALL_STABLE, 1);
    await expect(web.apply(full, 2)).rejects.toEqual(failure('unsupported'));
    await expect(web.apply({ ...ALL_STABLE, sticky: { by: 'address' } }, 2)).rejects.toEqual(
      failure('unsupported'),
    );
    const half = { ...EMPTY_SPLIT, weights: [{ revision: STABLE, basisPoints: 5_000 }] };
    await expect(web.apply(half, 2)).rejects.toEqual(failure('invalid-input'));
    expect(await web.router.observe(web.track)).toEqual({ split: ALL_STABLE, generation: 1 });
  });

  it('of a workload that is changed in place keeps its selector', async () => {
    const workload = {
      kind: 'in-place',
      workload: 'StatefulSet',
      name: 'db',
      object: {},
      port: 5432,
    } as const;
    const web = routedTrack(cluster.client, namespace, { workload, routers: [{ kind: 'service' }] });
    const spec = { selector: { app: 'db' }, ports: [{ port: 5432 }] };
    await cluster.client.apply({
      ...{ apiVersion: 'v1', kind: 'Service', spec },
      metadata: { name: web.name, namespace, annotations: { 'sluice.dev/track': web.track } },
    });
    await web.apply(splitOf(5_000), 1);
    expect(await web.router.observe(web.track)).toEqual({ split: splitOf(5_000), generation: 1 });
    expect((await cluster.client.read(serviceOf(web)))?.spec?.['selector']).toEqual({ app: 'db' });
  });

  it('is not needed by a component that serves no port', async () => {
    const none = { template: {}, selector: {}, besides: [] };
    const workload = { ...none, kind: 'template', port: null, minReadySeconds: 0 } as const;
    const web = routedTrack(cluster.client, namespace, { workload, routers: [{ kind: 'service' }] });
    await web.apply(splitOf(5_000), 2);
    expect(await web.router.observe(web.track)).toEqual({ split: splitOf(5_000), generation: 2 });
    await expect(web.apply(ALL_STABLE, 1)).rejects.toEqual(failure('refused-as-stale'));
  });
});

describe('an edge and a mesh together', () => {
  it('have a split in force when both have it, and neither changes when one cannot', async () => {
    const web = routedTrack(
      cluster.client,
      namespace,
      { routers: [GATEWAY, ISTIO] },
      { confirmWithinMs: 300 },
    );
    await web.run();
    await web.apply(ALL_STABLE, 1);
    gateway.mood = 'is silent';
    await expect(web.apply(splitOf(100), 2)).rejects.toEqual(failure('timed-out'));
    expect(await web.router.observe(web.track)).toMatchObject({ generation: 1 });
    gateway.mood = 'takes';
    await web.apply(splitOf(100), 3);
    expect(await web.router.observe(web.track)).toEqual({ split: splitOf(100), generation: 3 });
    const before = await cluster.client.read(virtualServiceOf(web));
    // A gateway would prefer the second match to the first; the mesh goes by their order.
    const matches = [
      ...matchesTo(STABLE, { on: 'path', prefix: '/a' }),
      ...matchesTo(CANDIDATE, { on: 'path', equals: '/a/b' }),
    ];
    await expect(web.apply(splitOf(100, { matches }), 4)).rejects.toEqual(failure('unsupported'));
    expect(await cluster.client.read(virtualServiceOf(web))).toEqual(before);
    await cluster.client.remove(routeOf(web));
    await vi.waitFor(async () => expect(await web.router.observe(web.track)).toBeNull(), PATIENCE);
  });

  it('both get a retreat even if the first of them cannot confirm it', async () => {
    const web = routedTrack(
      cluster.client,
      namespace,
      { routers: [ISTIO, GATEWAY] },
      { confirmWithinMs: 200 },
    );
    await web.run();
    await web.apply(splitOf(5_000), 1);
    gateway.mood = 'is silent';
    await expect(web.apply(ALL_STABLE, 2)).rejects.toEqual(failure('timed-out'));
    const mesh = JSON.stringify((await cluster.client.read(virtualServiceOf(web)))?.spec);
    expect(mesh).not.toContain(revisionName(web.track, CANDIDATE));
  });
});

it('a cluster without the kind of route is told as unreachable, not waited for', async () => {
  const gone = { ...GATEWAY, route: 'OwnRoute' as 'HTTPRoute' };
  const web = routedTrack(cluster.client, namespace, { routers: [gone] });
  await expect(web.router.observe(web.track)).rejects.toEqual(failure('unreachable'));
}, 10_000);
