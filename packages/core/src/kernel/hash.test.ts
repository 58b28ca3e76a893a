import { expect, test } from 'vitest';
import { hash32 } from './hash.ts';

test('the hash of a text is fixed for ever: sticky users depend on it', () => {
  expect([hash32(''), hash32('a'), hash32('alice', 7), hash32('alice', 8)]).toMatchInlineSnapshot(`
    [
      0,
      721651713,
      1217120167,
      3951789000,
    ]
  `);
});

test('ten thousand users spread evenly over a hundred places', () => {
  const counts = Array.from({ length: 100 }, () => 0);
  for (let user = 0; user < 10_000; user++) {
    const place = hash32(`user-${user}`, 42) % 100;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  const chiSquared = counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
  expect(chiSquared).toBeLessThan(149);
});

test('another salt places the same users elsewhere', () => {
  const users = Array.from({ length: 2000 }, (_, index) => `user-${index}`);
  const both = users.filter((user) => hash32(user, 1) % 10 === 0 && hash32(user, 2) % 10 === 0);
  expect(both.length).toBeLessThan(45);
});
