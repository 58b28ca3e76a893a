import { expect, test } from 'vitest';
import { applicationNameIn } from './application-name.ts';

test.each([
  ['application: shop\ncomponents: {}', 'shop'],
  ['# a comment\napplication: "my-shop" # why\n', 'my-shop'],
  ['components: {}\napplication: shop.v2\n', 'shop.v2'],
  ['  application: nested', undefined],
  ['application:\n  - a', undefined],
  ['', undefined],
])('of %j it is %s', (text, name) => {
  expect(applicationNameIn(text)).toBe(name);
});
