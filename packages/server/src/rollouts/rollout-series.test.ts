import { histogramOf } from '@sluice/core/analysis/histogram.ts';
import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import type { RolloutView } from '@sluice/protocol/http/views.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ArmCounts } from '../metrics/metrics-provider.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import { putTrafficMinutes } from '../store/traffic/put-traffic-minutes.ts';
import { accepted, ControlPlaneRig, refused } from './testing/control-plane-rig.ts';

const database = withDatabase();
const WEB = 'shop/production/web';
let rig: ControlPlaneRig;
let rollout: RolloutView;

beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
  await rig.stable('v1');
  await rig.write('web', 'v2');
  accepted(await rig.release({ version: 'v2', components: ['web'] }));
  const active = async () => accepted(await rig.plane.track(WEB)).active;
  while (!(await active())?.evidence) await rig.look();
  rollout = accepted(await rig.plane.rollout((await active())?.id ?? ''));
});
afterEach(() => rig.close());

const counts = (requests: number, errors: number, ms: number): ArmCounts => ({
  ...{ requests, errors, trials: 0, goals: 0, mirrorMismatches: 0 },
  latency: histogramOf(Array.from({ length: requests }, () => ms)),
});

/** Seconds in which the candidate fails one request of five, and stable none. */
function badSeconds(count: number) {
  const began = Math.floor((rollout.startedAt ?? 0) / 1000) * 1000;
  return Array.from({ length: count }, (_, second) => ({
    at: began + second * 1000,
    durationMs: 1000,
    arms: { [rollout.candidate]: counts(5, 1, 40), [rollout.stable ?? '']: counts(95, 0, 20) },
  }));
}

const series = async () => accepted(await rig.plane.series(rollout.id));

it('tells of both sides second by second, and of odds that grow towards their bound', async () => {
  rig.ticks = badSeconds(60);
  rig.now += 60_000;
  const { source, stepSeconds, bound, points } = await series();
  expect({ source, stepSeconds, bound }).toEqual({ source: 'seconds', stepSeconds: 1, bound: 100 });
  expect(points).toHaveLength(60);
  expect(points[10]).toMatchObject({
    candidate: { requests: 5, errors: 1 },
    stable: { requests: 95, errors: 0 },
  });
  expect(points[10]?.candidate?.p95Ms).toBeCloseTo(40, 0);
  // The last point is the judge's own; those before it are reckoned from what was counted.
  const odds = points.slice(2, -1).map((point) => point.odds ?? 0);
  expect(odds.at(-1)).toBeGreaterThan(100);
  expect(odds.at(-1)).toBeGreaterThan(odds[5] ?? Infinity);
});

it('gathers a long course into as many points as a chart shows', async () => {
  rig.ticks = badSeconds(900);
  rig.now += 900_000;
  const { stepSeconds, points } = await series();
  expect(stepSeconds).toBe(5);
  expect(points).toHaveLength(180);
  expect(points[0]).toMatchObject({ candidate: { requests: 25 }, stable: { requests: 475 } });
});

it('goes by minutes when the seconds are gone, and knows no latency of them', async () => {
  rig.now += 3_600_000;
  const minute = Math.ceil((rollout.startedAt ?? 0) / 60_000) * 60_000;
  const counted = { minute, seconds: 60, sumErrorsSquared: 0 };
  await putTrafficMinutes(database.db, TENANT, {
    trackId: trackIdFrom(WEB),
    minutes: [
      { ...counted, revision: rollout.candidate as never, requests: 30, errors: 2 },
      { ...counted, revision: 'web-of-another-time' as never, requests: 1, errors: 1 },
    ],
  });
  expect(await series()).toMatchObject({
    source: 'minutes',
    stepSeconds: 60,
    points: [{ at: minute, candidate: { requests: 30, errors: 2, p95Ms: null }, stable: null, odds: null }],
  });
});

it('says that nothing was counted where nothing was', async () => {
  expect(await series()).toMatchObject({ source: 'none', points: [] });
  expect(refused(await rig.plane.series('ro-404'))).toMatchObject({ status: 404 });
});

it('a revision says what it is made of, and one that is not there is refused', async () => {
  const made = accepted(await rig.plane.revision(WEB, rollout.candidate));
  expect(made).toMatchObject({ version: 'v2', component: { name: 'web', source: expect.any(String) } });
  expect(JSON.stringify(made)).not.toContain(rig.folder);
  expect(refused(await rig.plane.revision(WEB, 'web-000000000000'))).toMatchObject({ status: 404 });
});

it('whoever begins at the latest event is told of none before it', async () => {
  const told: string[] = [];
  const wish = { signal: AbortSignal.timeout(10_000), follow: false };
  for await (const { kind } of rig.plane.events('latest', wish)) told.push(kind);
  expect(told).toEqual([]);
  for await (const { kind } of rig.plane.events(0, wish)) told.push(kind);
  expect(told).toContain('rolloutStarted');
});
