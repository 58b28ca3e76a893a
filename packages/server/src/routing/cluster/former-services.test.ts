import { expect, it } from 'vitest';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { testSettings } from '../../targets/testing/cluster-revision.ts';
import { routeNames } from './routes-of-track.ts';

it('counts Services that routes led to before the adoption as the track’s own, and no others', () => {
  const settings = testSettings('shop', {
    workload: {
      ...{ kind: 'template', template: {}, selector: {}, port: 8080, minReadySeconds: 0, besides: [] },
      service: { name: 'search', ports: [] },
      formerServices: ['search-next'],
    },
  });
  const { isOfTrack } = routeNames({ track: trackId('shop', 'local', 'search'), settings });
  expect(['search', 'search-next', 'shop-local-search-0123456789ab'].every(isOfTrack)).toBe(true);
  expect(['reviews', 'search-next-2'].some(isOfTrack)).toBe(false);
});
