import { describe, expect, it } from 'vitest';
import { isListed, repositoryPlace } from './repository-path.ts';

describe('the repository of a release', () => {
  it.each([
    ['https://github.com/acme/shop.git', 'github.com', 'acme/shop'],
    ['https://user:secret@github.com/acme/shop', 'github.com', 'acme/shop'],
    ['git@GitHub.com:acme/shop.git', 'github.com', 'acme/shop'],
    ['ssh://git@gitlab.acme.example:2222/group/sub/shop', 'gitlab.acme.example', 'group/sub/shop'],
    ['acme/shop', null, 'acme/shop'],
  ])('%s is read', (text, host, path) => {
    expect(repositoryPlace(text)).toEqual({ host, path });
  });

  it.each([
    '',
    'shop',
    'https://github.com/acme',
    'acme/../admin',
    'https://github.com/acme/shop?x=%2e%2e/',
    'a b/c',
    '../x/y',
  ])('%j is none, or no more than its path', (text) => {
    expect(repositoryPlace(text)?.path ?? null).toBe(text.includes('?') ? 'acme/shop' : null);
  });

  it('is on a list by its path, or by its group without those below', () => {
    expect(isListed('Acme/Shop', ['acme/shop'])).toBe(true);
    expect(isListed('acme/shop', ['acme/*'])).toBe(true);
    expect(isListed('acme/deep/shop', ['acme/*'])).toBe(false);
    expect(isListed('acme-evil/shop', ['acme/*'])).toBe(false);
    expect(isListed('acme/shop2', ['acme/shop'])).toBe(false);
  });
});
