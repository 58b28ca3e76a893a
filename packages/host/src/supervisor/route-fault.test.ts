import { expect, test } from 'vitest';
import { splitOrderOf } from '../../test/host-programs.ts';
import { routeFault, sameRoute } from './route-fault.ts';

const ORDER = splitOrderOf({ 'web-1': 10_000 });
const routed = (changes: Partial<typeof ORDER.route>) =>
  routeFault({ ...ORDER, route: { ...ORDER.route, ...changes } });
const split = (changes: Partial<typeof ORDER.split>) =>
  routeFault({ ...ORDER, split: { ...ORDER.split, ...changes } });
const matched = (condition: (typeof ORDER.split.matches)[number]['conditions'][number]) =>
  split({ matches: [{ conditions: [condition], revision: 'web-1' }] });

test('an ordinary route with matches and a sticky key is in order', () => {
  expect(routed({ host: 'shop.example.com', path: '/a-b/c%20d' })).toBeUndefined();
  expect(routed({ host: '[::1]' })).toBeUndefined();
  expect(matched({ on: 'header', name: 'x-beta', equals: '1' })).toBeUndefined();
  expect(matched({ on: 'path', prefix: '/beta' })).toBeUndefined();
  expect(split({ sticky: { by: 'cookie', name: 'sluice_user' } })).toBeUndefined();
});

test.each([
  [routed({ host: 'shop:8080' }), '"shop:8080" is not a host name without a port'],
  [routed({ host: '' }), '"" is not a host name without a port'],
  [routed({ path: 'shop' }), '"shop" is not a path'],
  [routed({ path: '/a b' }), '"/a b" is not a path'],
  [routed({ path: '/a?b' }), '"/a?b" is not a path'],
  [routed({ goal: { path: 'x', method: null, from: '/' } }), 'its goal does not name two paths'],
  [matched({ on: 'header', equals: '1' }), 'a match on a header has "no name" as its name'],
  [matched({ on: 'path', name: 'x', equals: '/' }), 'a match on a path has "x" as its name'],
  [matched({ on: 'cookie', name: 'a b', equals: '/' }), 'a match on a cookie has "a b" as its name'],
  [matched({ on: 'path' }), 'a match on a path needs one of equals, prefix and oneOf, and has 0'],
  [
    matched({ on: 'path', equals: '/', prefix: '/' }),
    'a match on a path needs one of equals, prefix and oneOf, and has 2',
  ],
  [
    split({ sticky: { by: 'cookie', name: 'a=b; Domain=evil' } }),
    '"a=b; Domain=evil" is not the name of a cookie',
  ],
  [split({ sticky: { by: 'header', name: 'a\r\nb' } }), '"a\\r\\nb" is not the name of a header'],
])('a fault is told: %s', (fault, told) => {
  expect(fault).toBe(told);
});

test('routes are the same when they take the same requests', () => {
  const route = { ...ORDER.route, host: 'Shop.example', path: '/a/' };
  expect(sameRoute(route, { ...route, host: 'shop.EXAMPLE', path: '/a' })).toBe(true);
  expect(sameRoute(route, { ...route, host: null })).toBe(false);
  expect(sameRoute(route, { ...route, path: '/a/b' })).toBe(false);
});
