import { total } from '@sluice/core/analysis/histogram.ts';
import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { testRevisionId, testTrack } from '../../targets/testing/test-revision.ts';
import type { MetricsProvider, TrafficTick } from '../metrics-provider.ts';
import type { CountingPod } from './testing/counting-pod.ts';
import { whyNoPrometheus } from './testing/prometheus-process.ts';
import { PrometheusWorld, sendTo } from './testing/prometheus-world.ts';

const missing = await whyNoPrometheus();
if (missing !== undefined) reportSkip(`counts from a real Prometheus: ${missing}`);

/** Each test has two revisions of its own: Prometheus takes seconds to notice new targets, and is therefore shared. */
const TESTS = 8;
const PATIENCE = { timeout: 25_000, interval: 50 };

const namesOf = (number: number) =>
  [testTrack(`web${number}`), testRevisionId(2 * number), testRevisionId(2 * number + 1)] as const;

// Where Prometheus is not installed the reason is printed above.
describe.skipIf(missing !== undefined)('counts out of a real Prometheus', () => {
  let world: PrometheusWorld;
  let since: number;
  let test = 0;
  let [TRACK, STABLE, CANDIDATE] = namesOf(1);
  beforeAll(async () => {
    world = await PrometheusWorld.start();
    for (let number = 1; number <= TESTS; number++) {
      const [track, stable, candidate] = namesOf(number);
      await world.add(track, [stable, candidate]);
    }
    await world.scraped();
    [, STABLE] = namesOf(1);
    // Of values at borders it is only known in which tick a scrape was.
    await podOf(STABLE).scrapes(12);
  });
  beforeEach(() => {
    [TRACK, STABLE, CANDIDATE] = namesOf(++test);
    // The first requests of a test may be counted for a time before it, back to the scrape before them.
    since = (Math.floor(Date.now() / world.tickMs) - 2) * world.tickMs;
  });
  afterAll(() => world.close());

  const podOf = (revision: RevisionId): CountingPod =>
    world.podsOf(revision)[0] ?? expect.fail('the revision has no pod');

  /** Everything from the beginning until what a revision was asked so far has been counted, or more. */
  const counted = async (
    revision: RevisionId,
    requests: number,
    provider: MetricsProvider = world.provider,
  ): Promise<{ requests: number; errors: number; latencies: number; ticks: readonly TrafficTick[] }> => {
    const ticks: TrafficTick[] = [];
    let cursor = since;
    const sum = (of: (arm: TrafficTick['arms'][string]) => number) =>
      ticks.reduce((all, { arms }) => all + (arms[revision] ? of(arms[revision]) : 0), 0);
    await vi.waitFor(async () => {
      const observed = await provider.observe(TRACK, cursor);
      if (observed.kind !== 'ticks') throw new Error(observed.message);
      ticks.push(...observed.ticks);
      cursor = observed.cursor;
      expect(sum((arm) => arm.requests)).toBeGreaterThanOrEqual(requests);
      // Shares are rounded for each series by itself, so that the last latency may be a tick later.
      expect(sum((arm) => total(arm.latency))).toBeGreaterThanOrEqual(requests);
    }, PATIENCE);
    return {
      requests: sum((arm) => arm.requests),
      errors: sum((arm) => arm.errors),
      latencies: sum((arm) => total(arm.latency)),
      ticks,
    };
  };

  it('counts on when a container begins anew in its pod, with the requests of both', async () => {
    const pod = podOf(CANDIDATE);
    await sendTo(pod, 90, 10);
    await pod.scrapes(2);
    pod.restart();
    await sendTo(pod, 30, 5);
    expect(await counted(CANDIDATE, 120)).toMatchObject({ requests: 120, errors: 15, latencies: 120 });
  });

  it('counts what a new pod gets after its first scrape, and nothing that came before anybody looked', async () => {
    const pod = await world.addPod(CANDIDATE, true);
    await sendTo(pod, 500, 100);
    pod.mute = false;
    await world.scraped();
    await sendTo(pod, 40, 4);
    await sendTo(podOf(CANDIDATE), 20);
    const { requests, errors } = await counted(CANDIDATE, 60);
    expect([requests, errors]).toEqual([60, 4]);
  });

  it('has everything a pod counted before it went', async () => {
    const pod = await world.addPod(STABLE);
    await world.scraped();
    await sendTo(pod, 70, 7);
    await pod.scrapes(2);
    await world.removePod(STABLE, pod);
    await sendTo(podOf(STABLE), 30);
    expect(await counted(STABLE, 100)).toMatchObject({ requests: 100, errors: 7, latencies: 100 });
  });

  it('counts what a pod did while its scrapes failed when they come again, and does not hold up the others', async () => {
    const pod = podOf(CANDIDATE);
    await sendTo(pod, 10);
    await pod.scrapes(1);
    pod.mute = true;
    await sendTo(pod, 50, 5);
    await sendTo(podOf(STABLE), 25);
    expect(await counted(STABLE, 25)).toMatchObject({ requests: 25 });
    pod.mute = false;
    expect(await counted(CANDIDATE, 60)).toMatchObject({ requests: 60, errors: 5, latencies: 60 });
  });

  it('gives no tick for the time in which Prometheus was away, and afterwards what was counted in it', async () => {
    await sendTo(podOf(STABLE), 40);
    await podOf(STABLE).scrapes(2);
    await world.outage(true);
    const begun = Date.now();
    await sendTo(podOf(STABLE), 60, 6);
    expect(await world.provider.observe(TRACK, since)).toEqual({
      kind: 'provider-error',
      message: expect.stringContaining('cannot be reached'),
    });
    await vi.waitFor(() => expect(Date.now() - begun).toBeGreaterThan(3 * world.tickMs), PATIENCE);
    await world.outage(false);
    const ended = Date.now();
    const { requests, errors, ticks } = await counted(STABLE, 100);
    expect([requests, errors]).toEqual([100, 6]);
    const away = ticks.filter(({ at }) => at > begun + world.tickMs && at + 2 * world.tickMs < ended);
    expect(away).toEqual([]);
  });

  it('puts latencies of both sides into the same buckets, whatever their share of the requests', async () => {
    await sendTo(podOf(STABLE), 200, 0, 30);
    await sendTo(podOf(CANDIDATE), 4, 0, 30);
    const all = await counted(STABLE, 200);
    const few = await counted(CANDIDATE, 4);
    const placed = (revision: RevisionId, ticks: readonly TrafficTick[]) =>
      ticks.flatMap(({ arms }) => (arms[revision]?.latency ?? []).map(([bucket]) => bucket));
    const [wide, narrow] = [placed(STABLE, all.ticks), placed(CANDIDATE, few.ticks)];
    expect(Math.min(...narrow)).toBeGreaterThanOrEqual(Math.min(...wide));
    expect(Math.max(...narrow)).toBeLessThanOrEqual(Math.max(...wide));
  });

  it('counts the same with queries that were written by hand', async () => {
    const provider = world.providerOf({
      source: {
        kind: 'queries',
        requests: 'http_requests_total{pod=~"{{pods}}"}',
        errors: 'sum by (pod, instance) (http_requests_total{pod=~"{{pods}}",status=~"5.."})',
        latency: 'took_seconds_bucket{pod=~"{{pods}}",namespace="{{namespace}}"}',
      },
    });
    await sendTo(podOf(CANDIDATE), 80, 8);
    const seen = await counted(CANDIDATE, 80, provider);
    await provider.close();
    expect(seen).toMatchObject({ requests: 80, errors: 8, latencies: 80 });
  });

  it('says which query Prometheus does not understand, and what is wrong with one that cannot be counted', async () => {
    const source = {
      kind: 'queries',
      errors: 'http_requests_total{pod=~"{{pods}}"}',
      latency: null,
    } as const;
    const said = async (requests: string) => {
      const provider = world.providerOf({ source: { ...source, requests } });
      const observed = await vi.waitFor(async () => {
        const seen = await provider.observe(TRACK, since);
        expect(seen.kind).toBe('provider-error');
        return seen;
      }, PATIENCE);
      await provider.close();
      return observed.kind === 'provider-error' ? observed.message : '';
    };
    expect(await said('http_requests_total{pod=~"{{pods}}"')).toMatch(
      /does not understand the query .*parse error/s,
    );
    expect(await said('http_requests_total')).toContain('the same for every revision');
    await sendTo(podOf(STABLE), 7);
    expect(await said('http_requests_total{pod=~"{{pods}}"} / 3')).toContain('which is no count');
  });
});
