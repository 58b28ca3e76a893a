import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  startGatewayController,
  type GatewayController,
} from '../../src/routing/cluster/testing/gateway-controller.ts';
import { playedFake } from '../../src/targets/testing/played-cluster.ts';
import { KubernetesRig } from './kubernetes-rig.ts';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const PATIENCE = { timeout: 30_000, interval: 20 };
const LONG = '{ canary: { phases: [ { share: 25%, hold: 10m } ], keep-old: 0s } }';

let rig: KubernetesRig;
let gateway: GatewayController;
beforeAll(async () => {
  rig = await KubernetesRig.start(playedFake);
  gateway = await startGatewayController(rig.cluster.client, rig.namespace);
  await rig.cluster.client.apply(THEIRS(), { manager: 'kubectl' });
  await rig.deploy(shop('v1'), 'v1');
  for (const component of ['web', 'api']) await rig.stable('v1', component);
  await rig.deploy(shop('v2'), 'v2');
  for (const component of ['web', 'api']) await rig.judged('v2', component);
});
afterEach(() => {
  gateway.mood = 'takes';
});
afterAll(async () => {
  await gateway.stop();
  await rig.close();
});

/** A route of web that its owner made, and one of api that Sluice makes. */
const shop = (version: string): string => {
  const component = (name: string, router: string) =>
    `{ image: "registry.example/${name}:${version}", instances: 3, kubernetes: { router: { gateway-api: ${router} } }, strategy: ${LONG} }`;
  const api = component('api', '{ parents: infra/public }');
  return rig.file(component('web', '{ name: theirs }'), `  api: ${api}\n`);
};

interface Rule extends JsonObject {
  readonly matches?: readonly JsonObject[];
  readonly backendRefs: readonly { readonly name: string; readonly port: number; readonly weight?: number }[];
}
const rule = (path: string, name: string): Rule => ({
  matches: [{ path: { type: 'PathPrefix', value: path } }],
  backendRefs: [{ name, port: 80 }],
});
const THEIRS = (): KubernetesObject => ({
  ...{ apiVersion: GATEWAY_API, kind: 'HTTPRoute', metadata: { name: 'theirs', namespace: rig.namespace } },
  spec: {
    parentRefs: [{ name: 'public', namespace: 'infra' }],
    rules: [rule('/legacy', 'legacy'), rule('/', 'shop-local-web')],
  },
});

const rulesOf = async (name: string): Promise<readonly Rule[]> =>
  (await rig.read(GATEWAY_API, 'HTTPRoute', name)).spec?.['rules'] as unknown as readonly Rule[];
const byHand = (name: string, rules: readonly Rule[]) =>
  rig.cluster.client.patch(
    { apiVersion: GATEWAY_API, kind: 'HTTPRoute', namespace: rig.namespace, name },
    { spec: { rules } },
  );
/** The weights of the last rule, by revision. */
const weightsOf = async (name: string) =>
  Object.fromEntries(
    (await rulesOf(name)).at(-1)?.backendRefs.map((backend) => [backend.name, backend.weight]) ?? [],
  );
async function ordered(component: string): Promise<Readonly<Record<string, number>>> {
  const { split } = await rig.track(component);
  const nameOf = (revision: string): string =>
    revisionName(trackId('shop', 'local', component), revisionId(revision));
  return Object.fromEntries(
    split.weights.map(({ revision, basisPoints }) => [nameOf(revision), basisPoints]),
  );
}
const lastOf = async (component: string): Promise<number> =>
  (await rig.happened(component)).at(-1)?.sequence ?? 0;
/** Waits until the drift after a moment was seen and is over; what is told of it must be that alone. */
const driftIsTold = (component: string, since: number): Promise<void> =>
  vi.waitFor(async () => {
    const happened = (await rig.happened(component)).filter(({ sequence }) => sequence > since);
    expect(happened.map(({ words }) => words)).toEqual([
      'the router has another split than was ordered',
      'the router confirmed the split',
    ]);
  }, PATIENCE);
const isPutRight = async (component: string, route: string): Promise<void> => {
  const right = await ordered(component);
  await vi.waitFor(async () => expect(await weightsOf(route)).toEqual(right), PATIENCE);
};

describe('an HTTPRoute that a hand has changed in the middle of a rollout', () => {
  test('has its weights put right, and they count only when the gateway has taken them', async () => {
    const before = await lastOf('web');
    const [legacy, main] = await rulesOf('theirs');
    if (!legacy || !main) throw new TypeError('the route has two rules');
    gateway.mood = 'is silent';
    const turned = main.backendRefs.map((backend) => ({
      ...backend,
      weight: 10_000 - (backend.weight ?? 0),
    }));
    await byHand('theirs', [legacy, { ...main, backendRefs: turned }]);
    await isPutRight('web', 'theirs');
    const drifted = await rig.until(({ splitConfirmed }) => expect(splitConfirmed).toBe(false));
    expect(drifted.active).toMatchObject({ version: 'v2', phase: 'running' });
    const { metadata } = await rig.read(GATEWAY_API, 'HTTPRoute', 'theirs');
    expect(metadata.annotations).toMatchObject({ 'sluice.dev/split-confirmed': '0' });

    gateway.mood = 'takes';
    await rig.cluster.client.patch(
      { apiVersion: GATEWAY_API, kind: 'HTTPRoute', namespace: rig.namespace, name: 'theirs' },
      { metadata: { annotations: { 'example.com/looked-at': 'again' } } },
    );
    await driftIsTold('web', before);
  });

  test('gets back a backend of ours that was taken out', async () => {
    const [legacy, main] = await rulesOf('theirs');
    if (!legacy || !main) throw new TypeError('the route has two rules');
    const before = await lastOf('web');
    await byHand('theirs', [legacy, { ...main, backendRefs: main.backendRefs.slice(1) }]);
    await driftIsTold('web', before);
    await isPutRight('web', 'theirs');
  });

  test('says so when it leads to the component no more, and goes on when its owner gives that back', async () => {
    const [legacy, main] = await rulesOf('theirs');
    if (!legacy || !main) throw new TypeError('the route has two rules');
    await byHand('theirs', [legacy]);
    const told = await rig.until(({ explanation }) =>
      expect(explanation.waitingFor).toMatch(
        /no rule of the HTTPRoute theirs leads to the Service shop-local-web, so there is nothing to split/,
      ),
    );
    expect(told.active).toMatchObject({ version: 'v2', phase: 'running' });
    expect(await rulesOf('theirs')).toEqual([legacy]);
    await byHand('theirs', [legacy, rule('/', 'shop-local-web')]);
    await isPutRight('web', 'theirs');
    await rig.judged('v2');
  });

  test('keeps a rule that its owner adds, also when the release goes on', async () => {
    await byHand('theirs', [rule('/new', 'new'), ...(await rulesOf('theirs'))]);
    await rig.api.command('shop/local/web', { command: 'promote-full', by: 'test' });
    await rig.stable('v2');
    const [added, legacy, main] = await rulesOf('theirs');
    expect([added, legacy]).toMatchObject([rule('/new', 'new'), rule('/legacy', 'legacy')]);
    const stable = await ordered('web');
    expect(Object.keys(stable)).toHaveLength(1);
    expect(main?.backendRefs).toMatchObject([{ name: Object.keys(stable)[0], weight: 10_000 }]);
  });

  test('loses a rule that somebody adds to the route that Sluice has made', async () => {
    const own = await rulesOf('shop-local-api');
    const before = await lastOf('api');
    await byHand('shop-local-api', [rule('/mine', 'mine'), ...own]);
    await driftIsTold('api', before);
    expect(await rulesOf('shop-local-api')).toEqual(own);
  });

  test('is made again when it was deleted', async () => {
    const right = await ordered('api');
    const before = await lastOf('api');
    await rig.cluster.client.remove({
      ...{ apiVersion: GATEWAY_API, kind: 'HTTPRoute', namespace: rig.namespace, name: 'shop-local-api' },
    });
    await vi.waitFor(async () => expect(await weightsOf('shop-local-api')).toEqual(right), PATIENCE);
    await driftIsTold('api', before);
    await rig.judged('v2', 'api');
  });
});
