import { expect, it } from 'vitest';
import { secretsNamedIn } from './secrets-named-in.ts';

it('settings name their secrets at any depth, and nothing else is one', () => {
  const settings = {
    kind: 'webhook',
    url: { secret: 'address' },
    secrets: [{ secret: 'a' }, { env: 'B' }, { secret: 'c' }],
    secretive: 'no',
  };
  expect(secretsNamedIn(settings)).toEqual(['address', 'a', 'c']);
  expect(secretsNamedIn(null)).toEqual([]);
});
