import { trackId } from '@sluice/core/kernel/ids.ts';
import { expect, it } from 'vitest';
import { NOON, rowCounts, TENANT, WEB, webRevision } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { putTrafficMinutes } from './put-traffic-minutes.ts';
import { lastTrafficMinute, sumTraffic, type TrafficMinute } from './traffic-minutes.ts';

const database = withDatabase();
const V1 = webRevision(1);
const MINUTE_MS = 60_000;

/** The sums over seconds with so many requests and errors, in the minute that is so many after noon. */
function minuteOf(
  after: number,
  seconds: readonly (readonly [requests: number, errors: number])[],
): TrafficMinute {
  const sum = (part: (second: readonly [number, number]) => number) =>
    seconds.reduce((total, second) => total + part(second), 0);
  return {
    revision: V1,
    minute: NOON + after * MINUTE_MS,
    requests: sum(([requests]) => requests),
    errors: sum(([, errors]) => errors),
    seconds: seconds.length,
    sumErrorsSquared: sum(([, errors]) => errors ** 2),
  };
}

const put = (...minutes: TrafficMinute[]) =>
  putTrafficMinutes(database.db, TENANT, { trackId: WEB, minutes });
const sumSince = (since: number) => sumTraffic(database.db, TENANT, { trackId: WEB, revision: V1, since });

it('sums minutes, with the squares of errors that dispersion needs', async () => {
  await put(
    minuteOf(0, [
      [10, 1],
      [20, 0],
    ]),
    minuteOf(1, [[30, 3]]),
  );
  expect(await sumSince(NOON)).toEqual({
    requests: 60,
    errors: 4,
    seconds: 3,
    sumErrorsSquared: 1 + 9,
  });
});

it('counts from the minute of the given moment on, and zero where there was nothing', async () => {
  await put(minuteOf(-1, [[100, 0]]), minuteOf(0, [[1, 0]]), minuteOf(1, [[2, 0]]));
  expect(await sumSince(NOON + 30_000)).toMatchObject({ requests: 3 });
  expect(await sumSince(NOON + 2 * MINUTE_MS)).toEqual({
    requests: 0,
    errors: 0,
    seconds: 0,
    sumErrorsSquared: 0,
  });
});

it('takes a fuller reading of a minute in place of a poorer one, and never the other way round', async () => {
  const poor = minuteOf(0, [[10, 1]]);
  const full = minuteOf(0, [
    [10, 1],
    [20, 0],
  ]);
  await put(poor);
  await put(full);
  await put(full);
  await put(poor);
  expect(await sumSince(NOON)).toMatchObject({ requests: 30, seconds: 2 });
  expect(await rowCounts(database.db)).toEqual({ traffic_minutes: 1 });
});

it('keeps revisions, tracks and tenants apart', async () => {
  const minute = minuteOf(0, [[1, 0]]);
  await put(minute, { ...minuteOf(0, [[10, 0]]), revision: webRevision(2) });
  const staging = { trackId: trackId('shop', 'staging', 'web'), minutes: [minuteOf(0, [[100, 0]])] };
  await putTrafficMinutes(database.db, TENANT, staging);
  await putTrafficMinutes(database.db, 'other', { ...staging, trackId: WEB });
  await put();
  expect(await sumSince(NOON)).toMatchObject({ requests: 1 });
});

it('knows the last minute of a track that is recorded, of any revision, within a time', async () => {
  const last = (since: number) => lastTrafficMinute(database.db, TENANT, { trackId: WEB, since });
  expect(await last(NOON)).toBeNull();
  await put(minuteOf(0, [[1, 0]]), { ...minuteOf(3, [[1, 0]]), revision: webRevision(2) });
  expect(await last(NOON)).toBe(NOON + 3 * MINUTE_MS);
  expect(await last(NOON + 4 * MINUTE_MS)).toBeNull();
});
