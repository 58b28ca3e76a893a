import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT, type Split } from '@sluice/core/traffic/split.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PlayedCluster, playedCluster } from '../../targets/testing/played-cluster.ts';
import { echoListener } from '../testing/echo-listener.ts';
import { RequestLoad, type Wanted } from '../testing/request-load.ts';
import { type DataPlane, startDataPlane } from './testing/data-plane.ts';
import { type GatewayController, startGatewayController } from './testing/gateway-controller.ts';
import { gatewayDecision } from './testing/gateway-decision.ts';
import { meshDecision } from './testing/mesh-decision.ts';
import {
  CANDIDATE,
  gatewaySettings,
  istioSettings,
  matchesTo,
  splitOf,
  STABLE,
} from './testing/route-samples.ts';
import { ALL_STABLE, routedTrack, type RoutedTrackInTest } from './testing/routed-track.ts';

const HOST = 'web.test';
const SUBJECTS = [
  {
    title: 'a route of the Gateway API',
    routers: [gatewaySettings()],
    decide: gatewayDecision,
    place: { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
  },
  {
    title: 'a VirtualService',
    routers: [istioSettings()],
    decide: meshDecision,
    place: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
  },
];

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

describe.each(SUBJECTS)('requests through $title', ({ routers, decide, place }) => {
  const echoes = new Map<RevisionId, Server>();
  let web: RoutedTrackInTest;
  let plane: DataPlane;
  let load: RequestLoad;
  let generation = 0;

  const addressOf = (revision: RevisionId): string => {
    const { port } = (echoes.get(revision) as Server).address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  };

  beforeAll(async () => {
    web = routedTrack(cluster.client, namespace, { routers });
    await web.run();
    for (const revision of [STABLE, CANDIDATE]) {
      const server = createServer(echoListener(revision));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      echoes.set(revision, server);
    }
    plane = await startDataPlane({
      ...{ client: cluster.client, decide },
      reference: { ...place, namespace, name: web.name },
      addressOf: (service) => {
        const found = [STABLE, CANDIDATE].find((revision) => revisionName(web.track, revision) === service);
        return found && addressOf(found);
      },
    });
    load = new RequestLoad(plane.origin, HOST);
  }, 30_000);
  afterAll(async () => {
    await load.close();
    await plane.close();
    for (const server of echoes.values()) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  const apply = async (split: Split): Promise<void> => {
    await web.apply(split, ++generation, undefined, HOST);
    await plane.has(generation);
  };
  const takenBy = async (wanted: Wanted) => (await load.ask(wanted)).echo?.revision;
  const candidatesOf = async (requests: number): Promise<number> =>
    (await load.askMany(requests)).filter(({ echo }) => echo?.revision === CANDIDATE).length;

  it('fall by the weights, within five standard errors', async () => {
    await apply(splitOf(0));
    expect(await candidatesOf(50)).toBe(0);
    await apply(splitOf(10_000));
    expect(await candidatesOf(50)).toBe(50);
    await apply(splitOf(3_000));
    const standardError = Math.sqrt(400 * 0.3 * 0.7);
    expect(Math.abs((await candidatesOf(400)) - 120)).toBeLessThan(5 * standardError);
  });

  it('are refused for another host, and answered by nobody without a revision', async () => {
    await apply(ALL_STABLE);
    expect((await load.ask({ headers: { host: 'other.test' } })).status).toBe(404);
    await apply(EMPTY_SPLIT);
    expect((await load.ask()).status).toBe(503);
    await apply(ALL_STABLE);
    expect(await takenBy({})).toBe(STABLE);
  });

  it('of a path go where it is matched, the first match first', async () => {
    const matches = [
      ...matchesTo(STABLE, { on: 'path', oneOf: ['/a/b', '/a/c'] }),
      ...matchesTo(CANDIDATE, { on: 'path', prefix: '/a' }),
    ];
    await apply(splitOf(0, { matches }));
    expect(await takenBy({ path: '/a/d?x=1' })).toBe(CANDIDATE);
    expect(await takenBy({ path: '/a/b?x=1' })).toBe(STABLE);
    expect(await takenBy({ path: '/a/c' })).toBe(STABLE);
    expect(await takenBy({ path: '/b' })).toBe(STABLE);
  });

  it('with a header go where it is matched, by its start or as a whole', async () => {
    const matches = [
      ...matchesTo(CANDIDATE, { on: 'header', name: 'x-group', equals: 'beta, gamma; "1"' }),
      ...matchesTo(CANDIDATE, { on: 'header', name: 'user-agent', prefix: 'curl/8.' }),
      ...matchesTo(CANDIDATE, { on: 'header', name: 'x-plan', oneOf: ['a-b', 'c/d'] }),
    ];
    await apply(splitOf(0, { matches }));
    const from = (name: string, value: string) => takenBy({ headers: { [name]: value } });
    expect(await from('X-Group', 'beta, gamma; "1"')).toBe(CANDIDATE);
    expect(await from('x-group', 'beta')).toBe(STABLE);
    expect(await from('user-agent', 'curl/8.1')).toBe(CANDIDATE);
    expect(await from('user-agent', 'curl/81')).toBe(STABLE);
    expect(await from('user-agent', 'a curl/8.1')).toBe(STABLE);
    expect(await from('x-plan', 'c/d')).toBe(CANDIDATE);
    expect(await from('x-plan', 'c/d/e')).toBe(STABLE);
  });

  it('with a cookie go where it is matched, when all conditions hold', async () => {
    const matches = matchesTo(
      CANDIDATE,
      { on: 'cookie', name: 'user', oneOf: ['ada', 'eve'] },
      { on: 'path', prefix: '/shop' },
    );
    await apply(splitOf(0, { matches }));
    const from = (path: string, cookie: string) => takenBy({ path, headers: { cookie } });
    expect(await from('/shop/1', 'a=b; user=eve; c=d')).toBe(CANDIDATE);
    expect(await from('/shop/1', 'user=ada')).toBe(CANDIDATE);
    expect(await from('/shop/1', 'user=bob')).toBe(STABLE);
    expect(await from('/shop/1', 'xuser=eve; user2=eve')).toBe(STABLE);
    expect(await from('/other', 'user=eve')).toBe(STABLE);
  });

  it('are copied to the mirror, which never answers', async () => {
    await apply({ ...ALL_STABLE, mirror: { revision: CANDIDATE, basisPoints: 10_000 } });
    const received = async () => Number(await (await fetch(`${addressOf(CANDIDATE)}/received`)).text());
    const before = await received();
    const answers = await load.askMany(30, () => ({ path: '/copied' }));
    expect(answers.every(({ echo }) => echo?.revision === STABLE)).toBe(true);
    await vi.waitFor(async () => expect(await received()).toBe(before + 30), {
      timeout: 10_000,
      interval: 20,
    });
    await apply(ALL_STABLE);
    await load.askMany(10, () => ({ path: '/copied' }));
    expect(await received()).toBe(before + 30);
  });
});
