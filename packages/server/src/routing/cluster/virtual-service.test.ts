import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { EMPTY_SPLIT, type MatchCondition, type Split } from '@sluice/core/traffic/split.ts';
import { describe, expect, it } from 'vitest';
import {
  CANDIDATE,
  istioSettings,
  matchesTo,
  objectWith,
  ROUTE_PLACE,
  splitOf,
  STABLE,
} from './testing/route-samples.ts';
import { virtualService } from './virtual-service.ts';

const STABLE_SERVICE = 'shop-test-web-000000000001';
const CANDIDATE_SERVICE = 'shop-test-web-000000000002';
const own = virtualService({ ...ROUTE_PLACE, settings: istioSettings() });
const adopting = (...routes: readonly string[]) =>
  virtualService({ ...ROUTE_PLACE, settings: istioSettings({ virtualService: { name: 'web', routes } }) });
const httpOf = ({ http }: JsonObject) => http as readonly JsonObject[];
const to = (host: string, weight?: number, more: JsonObject = {}) => ({
  destination: { host, port: { number: 80 } },
  ...(weight === undefined ? {} : { weight }),
  ...more,
});
const split = splitOf(1_000);
const WEIGHED = [to(CANDIDATE_SERVICE, 1_000), to(STABLE_SERVICE, 9_000)];

describe('a VirtualService of our own', () => {
  it('has the weights in basis points, for its host and for the Service', () => {
    expect(own.spec(split, undefined)).toEqual({
      hosts: ['web.test', 'shop-test-web'],
      gateways: ['mesh'],
      http: [{ route: WEIGHED }],
    });
  });

  it.each<[string, Parameters<typeof istioSettings>[0], readonly string[]]>([
    ['the sidecars alone', {}, ['web.test', 'shop-test-web']],
    ['gateways alone', { gateways: ['infra/public'] }, ['web.test']],
    ['both', { gateways: ['infra/public', 'mesh'], hosts: ['a.test'] }, ['a.test', 'shop-test-web']],
  ])('has the hosts for %s', (_what, changes, hosts) => {
    expect(
      virtualService({ ...ROUTE_PLACE, settings: istioSettings(changes) }).spec(split, undefined),
    ).toMatchObject({ hosts });
  });

  it('takes a path on the border of a segment', () => {
    const below = virtualService({
      ...ROUTE_PLACE,
      route: { host: null, path: '/shop' },
      settings: istioSettings(),
    });
    expect(httpOf(below.spec(split, undefined))[0]?.['match']).toEqual([
      { uri: { exact: '/shop' } },
      { uri: { prefix: '/shop/' } },
    ]);
  });

  it('answers 503 by itself without a revision', () => {
    expect(httpOf(own.spec(EMPTY_SPLIT, undefined))).toEqual([
      { directResponse: { status: 503, body: { string: 'no revision is served' } } },
    ]);
  });

  it('copies a share to the mirror, in per cent', () => {
    const spec = own.spec({ ...split, mirror: { revision: CANDIDATE, basisPoints: 25 } }, undefined);
    expect(httpOf(spec)[0]).toMatchObject({
      mirror: { host: CANDIDATE_SERVICE, port: { number: 80 } },
      mirrorPercentage: { value: 0.25 },
    });
  });

  it('has timeout, retries and fault in each of its routes', () => {
    const settings = istioSettings({
      timeoutMs: 120_000,
      retries: { attempts: 2, perTryTimeoutMs: 500, on: '5xx' },
      fault: { delay: { fixedDelay: '1s' } },
    });
    const matches = matchesTo(CANDIDATE, { on: 'header', name: 'x', equals: '1' });
    for (const route of httpOf(
      virtualService({ ...ROUTE_PLACE, settings }).spec(splitOf(0, { matches }), undefined),
    ))
      expect(route).toMatchObject({
        timeout: '120000ms',
        retries: { attempts: 2, perTryTimeout: '500ms', retryOn: '5xx' },
        fault: { delay: { fixedDelay: '1s' } },
      });
  });
});

describe('a match in a VirtualService', () => {
  const matchOf = (path: string, ...conditions: readonly MatchCondition[]) => {
    const kind = virtualService({ ...ROUTE_PLACE, route: { host: null, path }, settings: istioSettings() });
    return httpOf(kind.spec(splitOf(0, { matches: matchesTo(CANDIDATE, ...conditions) }), undefined)).slice(
      0,
      -1,
    );
  };

  it.each<[string, string, readonly MatchCondition[], readonly JsonObject[]]>([
    ['a path', '/', [{ on: 'path', equals: '/a' }], [{ uri: { exact: '/a' } }]],
    ['a start of the path, by letters', '/', [{ on: 'path', prefix: '/a' }], [{ uri: { prefix: '/a' } }]],
    [
      'only paths of the route',
      '/shop',
      [{ on: 'path', oneOf: ['/shop/a', '/shopping'] }],
      [{ uri: { exact: '/shop/a' } }],
    ],
    [
      'a start of the path around the route',
      '/shop',
      [{ on: 'path', prefix: '/s' }],
      [{ uri: { exact: '/shop' } }, { uri: { prefix: '/shop/' } }],
    ],
    [
      'headers in lower case',
      '/',
      [
        { on: 'header', name: 'X-Group', equals: 'beta' },
        { on: 'header', name: 'user-agent', prefix: 'curl/' },
        { on: 'header', name: 'x-plan', oneOf: ['a', 'b.c'] },
      ],
      [
        {
          headers: {
            'x-group': { exact: 'beta' },
            'user-agent': { prefix: 'curl/' },
            'x-plan': { regex: String.raw`^(a|b\.c)$` },
          },
        },
      ],
    ],
    [
      'a cookie',
      '/',
      [{ on: 'cookie', name: 'user', prefix: 'a' }],
      [{ headers: { cookie: { regex: String.raw`^(.*;\s*)?user=a[^;]*(;.*)?$` } } }],
    ],
  ])('asks for %s', (_what, path, conditions, match) => {
    expect(matchOf(path, ...conditions)).toEqual([
      { name: 'sluice-match-0', match, route: [to(CANDIDATE_SERVICE)] },
    ]);
  });

  it('that no request can meet is left out', () => {
    expect(matchOf('/shop', { on: 'path', equals: '/other' })).toEqual([]);
  });

  it('that asks twice for a header is refused, since one condition would be lost', () => {
    const ask = () =>
      matchOf('/', { on: 'cookie', name: 'a', equals: '1' }, { on: 'cookie', name: 'b', equals: '1' });
    expect(ask).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});

describe('a VirtualService that was adopted', () => {
  const audit = { mirror: { host: 'audit' }, mirrorPercentage: { value: 10 } };
  const present = objectWith({
    hosts: ['shop.example'],
    http: [
      { name: 'api', match: [{ uri: { prefix: '/api' } }], route: [{ destination: { host: 'api' } }] },
      { name: 'old', match: [{ uri: { prefix: '/old' } }], redirect: { uri: '/' } },
      {
        name: 'primary',
        rewrite: { uri: '/' },
        ...audit,
        route: [
          {
            destination: { host: 'shop-test-web.shop.svc.cluster.local', port: { number: 8080 } },
            headers: { request: { set: { a: 'b' } } },
          },
        ],
      },
    ],
  });
  const mirror = { revision: CANDIDATE, basisPoints: 5_000 };
  const matches = matchesTo(CANDIDATE, { on: 'header', name: 'x', equals: '1' });
  const full: Split = { ...splitOf(1_000, { matches }), mirror };

  it.each([
    ['by name', adopting('primary')],
    ['by what leads to the component', adopting()],
  ])('keeps all that is not ours; routes are found %s', (_what, kind) => {
    const spec = kind.spec(full, present);
    const [api, old, matched, primary] = httpOf(spec);
    expect([api, old]).toEqual(httpOf(present.spec ?? {}).slice(0, 2));
    const more = {
      destination: { host: CANDIDATE_SERVICE, port: { number: 8080 } },
      headers: { request: { set: { a: 'b' } } },
    };
    expect(matched).toEqual({
      ...{ name: 'sluice-match-2-0', match: [{ headers: { x: { exact: '1' } } }], rewrite: { uri: '/' } },
      mirrors: [{ destination: { host: 'audit' }, percentage: { value: 10 } }],
      route: [more],
    });
    expect(primary).toMatchObject({ name: 'primary', rewrite: { uri: '/' } });
    expect(primary?.['route']).toMatchObject([{ ...more, weight: 1_000 }, { weight: 9_000 }]);
    expect(primary).not.toHaveProperty('mirror');
    expect(primary?.['mirrors']).toEqual([
      { destination: { host: 'audit' }, percentage: { value: 10 } },
      { destination: { host: CANDIDATE_SERVICE, port: { number: 80 } }, percentage: { value: 50 } },
    ]);
  });

  it.each([
    ['the same split', full],
    ['none', EMPTY_SPLIT],
    ['a smaller one', splitOf(0)],
  ])('can be split again, and again: %s', (_what, next) => {
    for (const kind of [adopting('primary'), adopting()]) {
      const first = kind.spec(splitOf(500), present);
      const second = kind.spec(next, objectWith(first));
      expect(kind.spec(next, objectWith(second))).toEqual(second);
      const again = httpOf(kind.spec(splitOf(500), objectWith(second))).at(-1);
      expect(again).not.toHaveProperty('directResponse');
      expect(again?.['route']).toHaveLength(2);
      expect(JSON.stringify(again)).toContain('audit');
    }
  });

  it('with the hosts of another tool is split where it leads anywhere at all, and only there', () => {
    const argo = objectWith({
      http: [
        {
          route: [
            { destination: { host: 'web', subset: 'stable' }, weight: 100 },
            { destination: { host: 'web', subset: 'canary' }, weight: 0 },
          ],
        },
      ],
    });
    const first = adopting().spec(split, argo);
    expect(httpOf(first)).toEqual([{ route: WEIGHED }]);
    expect(adopting().spec(split, objectWith(first))).toEqual(first);
  });

  it('leaves other destinations of a route their part', () => {
    const shared = objectWith({ http: [{ route: [to('shop-test-web', 90), to('legacy', 10)] }] });
    const first = adopting().spec(split, shared);
    expect(httpOf(first)[0]?.['route']).toEqual([...WEIGHED, to('legacy', 1_111)]);
    const stopped = adopting().spec(EMPTY_SPLIT, objectWith(first));
    expect(httpOf(stopped)[0]?.['route']).toEqual([to('shop-test-web', 0), to('legacy', 1_111)]);
    expect(adopting().spec(split, objectWith(stopped))).toEqual(first);
  });

  it.each<[string, readonly string[], readonly JsonObject[], string]>([
    [
      'a name that is not there',
      ['secondary'],
      [{ name: 'primary', route: [to('web')] }],
      'no HTTP route secondary',
    ],
    [
      'a name that leads nowhere',
      ['primary'],
      [{ name: 'primary', redirect: { uri: '/' } }],
      'no HTTP route primary',
    ],
    [
      'two that lead elsewhere',
      [],
      [{ route: [to('a')] }, { route: [to('b')] }],
      'leads to the Service shop-test-web',
    ],
    [
      'the same name in another namespace',
      [],
      [{ route: [to('shop-test-web.other')] }, { route: [to('b')] }],
      'leads to the Service',
    ],
  ])('is refused with %s', (_what, routes, http, reason) => {
    expect(() => adopting(...routes).spec(split, objectWith({ http }))).toThrow(reason);
  });
});

describe('what a VirtualService says', () => {
  const ordered = own.spec(split, undefined);
  it.each<[string, JsonObject, boolean]>([
    ['nothing new', {}, true],
    ['a mirror by hand', { http: [{ route: WEIGHED, mirror: { host: 'x' } }] }, false],
    ['a match by hand', { http: [{ match: [{ uri: { prefix: '/a' } }], route: WEIGHED }] }, false],
    ['a route before it', { http: [{ redirect: {} }, { route: WEIGHED }] }, false],
    ['other weights', { http: [{ route: [to(CANDIDATE_SERVICE, 0), to(STABLE_SERVICE, 9_000)] }] }, false],
    ['another host', { hosts: ['other'] }, false],
  ])('is what was ordered, or not: %s', (_what, changes, expected) => {
    expect(own.says({ ...ordered, ...changes }, ordered)).toBe(expected);
  });

  it('is read back by its destinations, whatever form their hosts have', () => {
    const spec = {
      http: [
        {
          route: [to(`${STABLE_SERVICE}.shop.svc.cluster.local`)],
          mirrors: [to(`${CANDIDATE_SERVICE}.shop`)],
        },
      ],
    };
    expect(own.backends(objectWith(spec))).toEqual([
      { weights: [{ service: STABLE_SERVICE, weight: 1 }], mirrors: [CANDIDATE_SERVICE] },
    ]);
    expect(STABLE).toContain('000000000001');
  });

  it.each<[string, JsonObject | undefined, boolean]>([
    ['a mesh that says nothing', undefined, true],
    [
      'proxies that have it',
      { observedGeneration: '3', conditions: [{ type: 'Reconciled', status: 'True' }] },
      true,
    ],
    [
      'an older generation',
      { observedGeneration: '2', conditions: [{ type: 'Reconciled', status: 'True' }] },
      false,
    ],
    [
      'a condition of an older one',
      { conditions: [{ type: 'Reconciled', status: 'True', observedGeneration: '2' }] },
      false,
    ],
    [
      'proxies that lack it',
      { observedGeneration: '3', conditions: [{ type: 'Reconciled', status: 'False' }] },
      false,
    ],
  ])('is confirmed, or not, by %s', async (_what, status, isConfirmed) => {
    const told = await own.unconfirmed(objectWith({}, status ? { status } : {}), split);
    expect(told === null).toBe(isConfirmed);
  });
});
