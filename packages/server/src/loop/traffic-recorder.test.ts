import { beforeEach, expect, it } from 'vitest';
import { NOON, TENANT, WEB, webRevision } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { sumTraffic, type TrafficSums } from '../store/traffic/traffic-minutes.ts';
import { FakeMetrics } from './testing/fake-metrics.ts';
import { trafficRecorder, type TrafficRecorder } from './traffic-recorder.ts';

const database = withDatabase();
const MINUTE_MS = 60_000;
const V1 = webRevision(1);
const V2 = webRevision(2);
let metrics: FakeMetrics;
let now: number;
let recorder: TrafficRecorder;

const openRecorder = (): TrafficRecorder => trafficRecorder(database.db, metrics, () => now);
const record = () => recorder.record(TENANT, WEB);
const recorded = (revision = V1): Promise<TrafficSums> =>
  sumTraffic(database.db, TENANT, { trackId: WEB, revision, since: 0 });

beforeEach(() => {
  metrics = new FakeMetrics();
  now = NOON + MINUTE_MS + 2_000;
  recorder = openRecorder();
});

it('sums the seconds of each revision, minute by minute', async () => {
  metrics.second(NOON - 1_000, { [V1]: { requests: 7 } });
  metrics.second(NOON, { [V1]: { requests: 10, errors: 2 }, [V2]: { requests: 1 } });
  metrics.second(NOON + 1_000, { [V1]: { requests: 20, errors: 3 } });
  await record();
  expect(await recorded()).toEqual({ requests: 37, errors: 5, seconds: 3, sumErrorsSquared: 4 + 9 });
  expect(await recorded(V2)).toMatchObject({ requests: 1, seconds: 1 });
  const ofNoon = { trackId: WEB, revision: V1, since: NOON };
  expect(await sumTraffic(database.db, TENANT, ofNoon)).toMatchObject({ requests: 30 });
});

it('leaves the present minute for later, when it is whole', async () => {
  metrics.second(NOON + MINUTE_MS + 1_000, { [V1]: { requests: 5 } });
  await record();
  expect(await recorded()).toMatchObject({ requests: 0 });
  metrics.second(NOON + MINUTE_MS + 30_000, { [V1]: { requests: 6 } });
  now += MINUTE_MS;
  await record();
  expect(await recorded()).toMatchObject({ requests: 11, seconds: 2 });
});

it('asks once a minute at most, however often it is called, and each time from where it was', async () => {
  await record();
  now += 30_000;
  await record();
  now += 30_000;
  await record();
  expect(metrics.asked).toEqual([NOON + MINUTE_MS - 14 * MINUTE_MS, NOON + MINUTE_MS]);
});

it('waits with a minute whose last seconds the provider has not counted yet', async () => {
  metrics.second(NOON + 58_000, { [V1]: { requests: 1 } });
  metrics.second(NOON + 59_000, { [V1]: { requests: 2 } });
  metrics.completeUntil = NOON + 59_000;
  await record();
  metrics.completeUntil = NOON + MINUTE_MS;
  await record();
  expect(await recorded()).toMatchObject({ requests: 3, seconds: 2 });
});

it('reads again after an outage what it could not read', async () => {
  metrics.second(NOON, { [V1]: { requests: 10 } });
  metrics.outage = 'no answer';
  await record();
  expect(await recorded()).toMatchObject({ requests: 0 });
  metrics.outage = null;
  await record();
  expect(await recorded()).toMatchObject({ requests: 10 });
});

it('counts nothing twice after a restart of the server', async () => {
  metrics.second(NOON, { [V1]: { requests: 10 } });
  await record();
  await openRecorder().record(TENANT, WEB);
  expect(await recorded()).toMatchObject({ requests: 10, seconds: 1 });
});
