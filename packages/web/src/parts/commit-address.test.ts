import { expect, it } from 'vitest';
import { commitAddress } from './commit-address.ts';

const COMMIT = '5f2c7e1'.padEnd(40, '0');
const at = (repository: string) => commitAddress({ repository, commit: COMMIT });

it.each([
  ['https://github.com/acme/shop', `https://github.com/acme/shop/commit/${COMMIT}`],
  ['https://github.com/acme/shop.git', `https://github.com/acme/shop/commit/${COMMIT}`],
  ['git@github.com:acme/shop.git', `https://github.com/acme/shop/commit/${COMMIT}`],
  [
    'ssh://git@gitlab.acme.example:2222/web/shop.git',
    `https://gitlab.acme.example/web/shop/-/commit/${COMMIT}`,
  ],
  ['https://bitbucket.org/acme/shop/', `https://bitbucket.org/acme/shop/commits/${COMMIT}`],
  ['https://codeberg.org/acme/shop', `https://codeberg.org/acme/shop/commit/${COMMIT}`],
])('%s is read at %s', (repository, address) => {
  expect(at(repository)).toBe(address);
});

it.each([
  'https://example.com/acme/shop',
  'javascript:alert(1)//github.com/a',
  'https://github.com@evil.example/a',
  'https://evilgithub.com/acme/shop',
  'https://github.com/../..',
  '/srv/git/shop',
  '',
])('of %j no address is made', (repository) => {
  expect(at(repository)).toBeUndefined();
});

it('without a commit there is nothing to read', () => {
  expect(commitAddress({ repository: 'https://github.com/acme/shop' })).toBeUndefined();
});
