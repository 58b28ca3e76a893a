import { trackIdFrom, type TrackId } from '@sluice/core/kernel/ids.ts';
import { expect, test, vi } from 'vitest';
import { wokenTracks } from './woken-tracks.ts';

const [web, api] = [trackIdFrom('shop/local/web'), trackIdFrom('shop/local/api')];

test('what changes within a moment is woken together, and once each', async () => {
  const woken: (readonly TrackId[])[] = [];
  const ring = vi.fn();
  const wake = async (tracks: readonly TrackId[]) => (woken.push(tracks), []);
  const tell = wokenTracks({ wake, ring, failed: () => undefined });
  for (const track of [web, api, web]) tell(track);
  await vi.waitFor(() => expect(ring).toHaveBeenCalledTimes(1));
  expect(woken).toEqual([[web, api]]);
});

test('a track that is being looked at is woken after that', async () => {
  const busy = [[web], [web], []];
  const ring = vi.fn();
  const wake = async () => busy.shift() ?? [];
  const tell = wokenTracks({ wake, ring, failed: () => undefined });
  tell(web);
  await vi.waitFor(() => expect(ring).toHaveBeenCalledTimes(1));
  expect(busy).toEqual([]);
});

test('a store that is away is told of, and keeps nobody from being woken later', async () => {
  const failed = vi.fn();
  const ring = vi.fn();
  let away = true;
  const wake = async (): Promise<readonly TrackId[]> => {
    if (away) throw new Error('away');
    return [];
  };
  const tell = wokenTracks({ wake, ring, failed });
  tell(web);
  await vi.waitFor(() => expect(failed).toHaveBeenCalledTimes(1));
  away = false;
  tell(web);
  await vi.waitFor(() => expect(ring).toHaveBeenCalledTimes(1));
});
