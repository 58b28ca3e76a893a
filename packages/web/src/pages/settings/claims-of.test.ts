import { expect, it } from 'vitest';
import { claimsOf } from './claims-of.ts';

it('a claim stands in each line, and its value may hold anything', () => {
  expect(claimsOf(' repository: acme/shop \n\nsub=repo:acme/shop:ref\nodd\n')).toEqual({
    repository: 'acme/shop',
    sub: 'repo:acme/shop:ref',
    odd: '',
  });
});
