import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { EMPTY_SPLIT, type MatchCondition, type Split } from '@sluice/core/traffic/split.ts';
import { describe, expect, it } from 'vitest';
import { gatewayDuration, gatewayRoute } from './gateway-route.ts';
import {
  CANDIDATE,
  gatewaySettings,
  matchesTo,
  objectWith,
  ROUTE_PLACE,
  splitOf,
  STABLE,
} from './testing/route-samples.ts';

const STABLE_SERVICE = 'shop-test-web-000000000001';
const CANDIDATE_SERVICE = 'shop-test-web-000000000002';
const own = gatewayRoute({ ...ROUTE_PLACE, settings: gatewaySettings() });
const adopted = gatewayRoute({ ...ROUTE_PLACE, settings: gatewaySettings({ name: 'web', parents: [] }) });
const rulesOf = ({ rules }: JsonObject) => rules as readonly JsonObject[];
const ref = (name: string, weight: number, more: JsonObject = {}) => ({ name, port: 80, weight, ...more });
const split = splitOf(1_000);
const WEIGHED = [ref(CANDIDATE_SERVICE, 1_000), ref(STABLE_SERVICE, 9_000)];
const OURS = { name: 'shop-test-web', port: 80 };

describe('a route of our own', () => {
  it('has the weights in basis points, and nothing that nobody asked for', () => {
    expect(own.spec(split, undefined)).toEqual({
      parentRefs: [
        { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public', namespace: 'infra' },
      ],
      hostnames: ['web.test'],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: WEIGHED }],
    });
  });

  it('says of a split without revisions whose it is, and sends nobody anything', () => {
    expect(rulesOf(own.spec(EMPTY_SPLIT, undefined))[0]?.['backendRefs']).toEqual([ref('shop-test-web', 0)]);
  });

  it('copies to the mirror what another revision gets', () => {
    const mirrored: Split = {
      ...splitOf(0, { matches: matchesTo(CANDIDATE, { on: 'header', name: 'x-group', equals: 'beta' }) }),
      mirror: { revision: CANDIDATE, basisPoints: 250 },
    };
    const [matched, main] = rulesOf(own.spec(mirrored, undefined));
    expect(matched).not.toHaveProperty('filters');
    expect(main?.['filters']).toEqual([
      {
        type: 'RequestMirror',
        requestMirror: {
          backendRef: { name: CANDIDATE_SERVICE, port: 80 },
          fraction: { numerator: 250, denominator: 10_000 },
        },
      },
    ]);
  });

  it.each([
    [500, '500ms'],
    [30_000, '30s'],
    [120_000, '2m'],
    [100_500_250, '27h55m250ms'],
    [0, '0s'],
  ])('writes a timeout of %d ms as the Gateway API does', (timeoutMs, text) => {
    expect(gatewayDuration(timeoutMs)).toBe(text);
    expect(text).toMatch(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/);
  });

  it('of GRPC has no paths and no timeouts', () => {
    const grpc = gatewayRoute({
      ...ROUTE_PLACE,
      settings: gatewaySettings({ route: 'GRPCRoute', timeoutMs: 1_000 }),
    });
    expect(rulesOf(grpc.spec(split, undefined))).toEqual([{ backendRefs: WEIGHED }]);
    expect(grpc.capabilities.matchOn).not.toContain('path');
  });
});

describe('a match in a route', () => {
  const matchOf = (path: string, ...conditions: readonly MatchCondition[]) =>
    rulesOf(
      gatewayRoute({
        ...ROUTE_PLACE,
        route: { host: null, path },
        settings: gatewaySettings(),
      }).spec(splitOf(0, { matches: matchesTo(CANDIDATE, ...conditions) }), undefined),
    ).slice(0, -1);
  const exact = (value: string) => ({ path: { type: 'Exact', value } });
  const prefix = (value: string) => ({ path: { type: 'PathPrefix', value } });
  const header = (name: string, type: string, value: string) => ({ name, type, value });

  it.each<[string, string, readonly MatchCondition[], readonly JsonObject[]]>([
    ['a path', '/', [{ on: 'path', equals: '/a' }], [exact('/a')]],
    ['a prefix', '/', [{ on: 'path', prefix: '/a' }], [prefix('/a')]],
    ['each of several paths', '/', [{ on: 'path', oneOf: ['/a', '/b'] }], [exact('/a'), exact('/b')]],
    ['only paths of the route', '/shop', [{ on: 'path', oneOf: ['/shop/a', '/b'] }], [exact('/shop/a')]],
    ['a prefix around the route', '/shop/now', [{ on: 'path', prefix: '/shop' }], [prefix('/shop/now')]],
    [
      'two conditions of the path',
      '/',
      [
        { on: 'path', prefix: '/a' },
        { on: 'path', oneOf: ['/a/b', '/c'] },
      ],
      [exact('/a/b')],
    ],
    [
      'a header by value and one by its start',
      '/',
      [
        { on: 'header', name: 'x-group', equals: 'a.b' },
        { on: 'header', name: 'user-agent', prefix: 'curl/8.1' },
      ],
      [
        {
          ...prefix('/'),
          headers: [
            header('x-group', 'Exact', 'a.b'),
            header('user-agent', 'RegularExpression', String.raw`^curl/8\.1.*$`),
          ],
        },
      ],
    ],
    [
      'a cookie of several',
      '/',
      [{ on: 'cookie', name: 'us.er', oneOf: ['a', 'b+'] }],
      [
        {
          ...prefix('/'),
          headers: [header('cookie', 'RegularExpression', String.raw`^(.*;\s*)?us\.er=(a|b\+)(;.*)?$`)],
        },
      ],
    ],
  ])('asks for %s', (_what, path, conditions, matches) => {
    expect(matchOf(path, ...conditions)).toEqual([{ matches, backendRefs: [ref(CANDIDATE_SERVICE, 1)] }]);
  });

  it('that no request can meet is left out', () => {
    expect(matchOf('/shop', { on: 'path', prefix: '/shopping' })).toEqual([]);
    expect(matchOf('/shop', { on: 'path', equals: '/' })).toEqual([]);
  });

  it('that asks twice for a header is refused', () => {
    const ask = () =>
      matchOf('/', { on: 'cookie', name: 'a', equals: '1' }, { on: 'cookie', name: 'b', equals: '2' });
    expect(ask).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it.each<[string, readonly MatchCondition[], readonly MatchCondition[], boolean]>([
    ['a longer path', [{ on: 'path', prefix: '/a' }], [{ on: 'path', equals: '/a/b' }], true],
    [
      'a path before a header',
      [{ on: 'header', name: 'x', equals: '1' }],
      [{ on: 'path', prefix: '/a' }],
      true,
    ],
    ['a path beside it', [{ on: 'path', prefix: '/a' }], [{ on: 'path', prefix: '/bcd' }], false],
    [
      'another value',
      [{ on: 'header', name: 'x', equals: '1' }],
      [
        { on: 'header', name: 'x', equals: '2' },
        { on: 'header', name: 'y', equals: '2' },
      ],
      false,
    ],
    ['a shorter path', [{ on: 'path', equals: '/a/b' }], [{ on: 'path', prefix: '/a' }], false],
  ])('that a gateway would prefer to the one before it is refused: %s', (_what, first, second, isRefused) => {
    const matches = [...matchesTo(STABLE, ...first), ...matchesTo(CANDIDATE, ...second)];
    const ask = () => own.spec(splitOf(0, { matches }), undefined);
    if (isRefused) expect(ask).toThrow(expect.objectContaining({ code: 'unsupported' }));
    else expect(rulesOf(ask())).toHaveLength(3);
  });
});

describe('a route that was adopted', () => {
  const filter = { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [] } };
  const mirrorTo = (name: string) => ({
    type: 'RequestMirror',
    requestMirror: { backendRef: { name, port: 80 } },
  });
  const present = objectWith({
    hostnames: ['shop.example'],
    parentRefs: [{ name: 'theirs' }],
    rules: [
      { name: 'api', matches: [{ path: { value: '/api' } }], backendRefs: [{ name: 'api', port: 80 }] },
      {
        name: 'web',
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        filters: [filter, mirrorTo('audit')],
        timeouts: { request: '3s' },
        backendRefs: [{ ...OURS, filters: [filter] }],
      },
      { matches: [{ path: { value: '/old' } }], filters: [{ type: 'RequestRedirect', requestRedirect: {} }] },
    ],
  });
  const full: Split = {
    ...splitOf(1_000, { matches: matchesTo(CANDIDATE, { on: 'header', name: 'x', equals: '1' }) }),
    mirror: { revision: CANDIDATE, basisPoints: 10_000 },
  };

  it('keeps all that is not ours, the mirror of its owner as well', () => {
    const spec = adopted.spec(full, present);
    const [api, matched, web, old] = rulesOf(spec);
    expect([api, old]).toEqual([rulesOf(present.spec ?? {})[0], rulesOf(present.spec ?? {})[2]]);
    expect(spec).toMatchObject({ hostnames: ['shop.example'], parentRefs: [{ name: 'theirs' }] });
    expect(web).toMatchObject({ name: 'web', timeouts: { request: '3s' } });
    expect(web?.['backendRefs']).toEqual([
      ref(CANDIDATE_SERVICE, 1_000, { filters: [filter] }),
      ref(STABLE_SERVICE, 9_000, { filters: [filter] }),
    ]);
    expect(web?.['filters']).toMatchObject([filter, mirrorTo('audit'), mirrorTo(CANDIDATE_SERVICE)]);
    expect(matched).toMatchObject({ name: 'sluice-match-1-0', filters: [filter, mirrorTo('audit')] });
  });

  it.each([
    ['the same split', full],
    ['none', EMPTY_SPLIT],
    ['a smaller one', splitOf(0)],
  ])('can be split again, and again: %s', (_what, next) => {
    const first = objectWith(adopted.spec(full, present));
    const second = adopted.spec(next, first);
    expect(adopted.spec(next, objectWith(second))).toEqual(second);
    expect(adopted.spec(full, objectWith(second))).toEqual(first.spec);
  });

  it('has names that differ for the matches of each of its rules', () => {
    const two = objectWith({ rules: [{ backendRefs: [OURS] }, { backendRefs: [OURS] }] });
    const names = rulesOf(adopted.spec(full, two)).flatMap(({ name }) => name ?? []);
    expect(names).toEqual(['sluice-match-0-0', 'sluice-match-1-0']);
  });

  it('with an empty list of matches asks for the match all the same', () => {
    const open = objectWith({ rules: [{ matches: [], backendRefs: [OURS] }] });
    expect(rulesOf(adopted.spec(full, open))[0]?.['matches']).toEqual([
      { headers: [{ name: 'x', type: 'Exact', value: '1' }] },
    ]);
  });

  it('leaves other backends of a rule their part', () => {
    const shared = objectWith({
      rules: [{ backendRefs: [ref('shop-test-web', 90), ref('legacy', 10, { port: 8080 })] }],
    });
    const first = adopted.spec(split, shared);
    const legacy = ref('legacy', 1_111, { port: 8080 });
    expect(rulesOf(first)[0]?.['backendRefs']).toEqual([...WEIGHED, legacy]);
    const stopped = adopted.spec(EMPTY_SPLIT, objectWith(first));
    expect(rulesOf(stopped)[0]?.['backendRefs']).toEqual([ref('shop-test-web', 0), legacy]);
    expect(adopted.spec(split, objectWith(stopped))).toEqual(first);
  });

  it.each([
    ['in another namespace', { namespace: 'other' }],
    ['of another kind', { kind: 'ServiceImport', group: 'multicluster.x-k8s.io' }],
  ])('takes a backend of the same name %s for another', (_what, more) => {
    const foreign = objectWith({ rules: [{ backendRefs: [{ ...OURS, ...more }] }] });
    expect(() => adopted.spec(split, foreign)).toThrow(
      'no rule of the Route web leads to the Service shop-test-web',
    );
  });
});

describe('what a route says', () => {
  const ordered = own.spec(split, undefined);
  const changed = (rule: JsonObject): JsonObject => ({
    ...ordered,
    rules: [{ ...rulesOf(ordered)[0], ...rule }],
  });

  it.each<[string, JsonObject, boolean]>([
    [
      'defaults of the server',
      { backendRefs: WEIGHED.map((one) => ({ ...one, group: '', kind: 'Service' })) },
      true,
    ],
    ['other weights', { backendRefs: [ref(CANDIDATE_SERVICE, 1), ref(STABLE_SERVICE, 9_000)] }, false],
    ['one backend more', { backendRefs: [...WEIGHED, ref('other', 0)] }, false],
    ['a filter', { filters: [{ type: 'RequestRedirect' }] }, false],
    [
      'a header',
      { matches: [{ path: { type: 'PathPrefix', value: '/' }, headers: [{ name: 'x' }] }] },
      false,
    ],
  ])('is what was ordered, or not: %s', (_what, rule, expected) => {
    expect(own.says(changed(rule), ordered)).toBe(expected);
  });

  it('is read back by its backends', () => {
    const withMirror = { ...split, mirror: { revision: STABLE, basisPoints: 1 } };
    expect(own.backends(objectWith(own.spec(withMirror, undefined)))).toEqual([
      {
        weights: [
          { service: CANDIDATE_SERVICE, weight: 1_000 },
          { service: STABLE_SERVICE, weight: 9_000 },
        ],
        mirrors: [STABLE_SERVICE],
      },
    ]);
  });
});

describe('the confirmation of a route', () => {
  const condition = (type: string, status = 'True', observedGeneration = 3, more: JsonObject = {}) => ({
    ...{ type, status, observedGeneration },
    ...more,
  });
  const taken = [condition('Accepted'), condition('ResolvedRefs')];
  const entry = (
    conditions: readonly JsonObject[],
    parentRef: JsonObject = {},
    controllerName = 'a.io/c',
  ) => ({
    parentRef: { name: 'public', namespace: 'infra', ...parentRef },
    conditions,
    controllerName,
  });
  const PARENTS = [{ name: 'public', namespace: 'infra', kind: 'Gateway' }];

  it.each<[string, readonly JsonObject[], readonly JsonObject[], string | null]>([
    ['is there once all is true', PARENTS, [entry(taken)], null],
    ['is not needed without parents', [], [], null],
    ['is missing without any status', PARENTS, [], 'no controller has taken it up for the Gateway public'],
    [
      'is missing for one of two parents',
      [...PARENTS, { name: 'inner', sectionName: 'web' }],
      [entry(taken)],
      'no controller has taken it up for the Gateway inner, web',
    ],
    [
      'takes no other listener for the parent',
      PARENTS,
      [entry(taken, { sectionName: 'x' })],
      'no controller has',
    ],
    [
      'is not there for an older generation',
      PARENTS,
      [entry([condition('Accepted', 'True', 2), condition('ResolvedRefs')])],
      'a.io/c has not looked at it yet for the Gateway public (Accepted)',
    ],
    [
      'is not there with half of the conditions',
      PARENTS,
      [entry([condition('Accepted')])],
      'a.io/c has not looked at it yet for the Gateway public (ResolvedRefs)',
    ],
    [
      'is a refusal with its reason',
      PARENTS,
      [entry([condition('Accepted'), condition('ResolvedRefs', 'False', 3, { reason: 'BackendNotFound' })])],
      'the Gateway public refuses it (ResolvedRefs: BackendNotFound)',
    ],
    [
      'does not wait for a controller that is gone',
      PARENTS,
      [entry([condition('Accepted', 'True', 1)], {}, 'old.io/c'), entry(taken)],
      null,
    ],
    [
      'heeds a second controller that refuses',
      PARENTS,
      [entry(taken), entry([condition('Accepted', 'False', 3, { reason: 'NotAllowed' })], {}, 'b.io/c')],
      'the Gateway public refuses it (Accepted: NotAllowed)',
    ],
    ['forgets parents that it had before', PARENTS, [entry(taken), entry([], { name: 'gone' })], null],
  ])('%s', async (_what, parentRefs, parents, reason) => {
    const told = await own.unconfirmed(objectWith({ parentRefs }, { status: { parents } }), split);
    if (reason === null) expect(told).toBeNull();
    else expect(told).toContain(reason);
  });
});
