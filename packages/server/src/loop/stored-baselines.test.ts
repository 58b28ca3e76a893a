import { beforeEach, expect, it } from 'vitest';
import type { Baseline } from '@sluice/core/analysis/baseline.ts';
import { histogramOf } from '@sluice/core/analysis/histogram.ts';
import { NOON, TENANT, WEB, webRevision } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { putTrafficMinutes } from '../store/traffic/put-traffic-minutes.ts';
import { storedBaselines } from './stored-baselines.ts';
import { FakeMetrics } from './testing/fake-metrics.ts';

const database = withDatabase();
const HOUR_MS = 3_600_000;
const STABLE = webRevision(1);
const OTHER = webRevision(2);
let metrics: FakeMetrics;

beforeEach(() => {
  metrics = new FakeMetrics();
});

const freeze = (): Promise<Baseline> =>
  storedBaselines(database.db, { ofRevision: async () => ({ metrics }) }, () => NOON).freeze(
    TENANT,
    WEB,
    STABLE,
  );

/** Minutes of the stable revision that were recorded, so many hours before noon. */
const record = (hoursBefore: number, sums: { requests: number; errors: number; seconds: number }) => {
  const minute = { revision: STABLE, minute: NOON - hoursBefore * HOUR_MS, sumErrorsSquared: sums.errors };
  return putTrafficMinutes(database.db, TENANT, { trackId: WEB, minutes: [{ ...minute, ...sums }] });
};

it('takes its history from what was recorded in the last 24 hours', async () => {
  await record(1, { requests: 6_000, errors: 60, seconds: 60 });
  await record(23, { requests: 6_000, errors: 0, seconds: 60 });
  await record(25, { requests: 6_000, errors: 6_000, seconds: 60 });
  expect(await freeze()).toMatchObject({ historyRequests: 12_000, historyErrors: 60, errorRate: 0.005 });
});

it('takes it from the seconds that the provider has while less than that was recorded', async () => {
  await record(1, { requests: 9_000, errors: 9, seconds: 1 });
  for (const ago of [3, 2]) metrics.second(NOON - ago * 1_000, { [STABLE]: { requests: 50, errors: 1 } });
  expect(await freeze()).toMatchObject({ historyRequests: 100, historyErrors: 2, errorRate: 0.02 });
});

it('knows nothing of a revision that has had no requests', async () => {
  expect(await freeze()).toMatchObject({
    requestsPerSecond: 0,
    errorRate: null,
    historyRequests: 0,
    latencyThresholdsMs: [],
  });
});

it('measures the present traffic of the whole component, from its first second with traffic on', async () => {
  metrics.second(NOON - 90_000, { [STABLE]: { requests: 9_000 } });
  metrics.second(NOON - 5_000, {});
  metrics.second(NOON - 4_000, { [STABLE]: { requests: 90 }, [OTHER]: { requests: 30 } });
  metrics.second(NOON - 3_000, {});
  metrics.second(NOON - 2_000, { [OTHER]: { requests: 60 } });
  expect((await freeze()).requestsPerSecond).toBe(60);
});

it('averages over seconds, however long a tick of the provider is', async () => {
  const arm = { requests: 300, errors: 0, latency: [], trials: 0, goals: 0, mirrorMismatches: 0 };
  for (const at of [NOON - 30_000, NOON - 15_000])
    metrics.ticks.push({ at, durationMs: 15_000, arms: { [STABLE]: arm } });
  expect((await freeze()).requestsPerSecond).toBe(20);
});

it('takes latency from the stable revision alone, as it was in the last ten minutes', async () => {
  const latency = (ms: number) => histogramOf(Array.from({ length: 200 }, () => ms));
  metrics.second(NOON - 1_000, { [STABLE]: { latency: latency(20) }, [OTHER]: { latency: latency(900) } });
  const { latencyThresholdsMs } = await freeze();
  expect(metrics.asked).toEqual([NOON - 600_000]);
  expect(latencyThresholdsMs).toHaveLength(4);
  for (const ms of latencyThresholdsMs) expect(Math.abs(ms - 20) / 20).toBeLessThan(0.02);
});

it('fails, to be asked again, while the provider does not answer: silence is not a history', async () => {
  metrics.outage = 'connection refused';
  await expect(freeze()).rejects.toMatchObject({
    code: 'unreachable',
    next: 'retry',
    message: `the baseline of ${WEB} cannot be read: connection refused`,
  });
});
