import { expect, test } from 'vitest';
import { trackId, trackNames } from './ids.ts';

test('a track id holds its three names', () => {
  expect(trackNames(trackId('shop', 'production', 'web'))).toEqual({
    application: 'shop',
    environment: 'production',
    component: 'web',
  });
});
