import { type Random, seededRandom } from '@sluice/core/kernel/prng.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { testRevisionId, testTrack } from '../../targets/testing/test-revision.ts';
import type { TrafficTick } from '../metrics-provider.ts';
import type { PrometheusMetrics } from './prometheus-metrics.ts';
import { providerOver, REMEMBERED_TICK_MS as TICK } from './testing/provider-over.ts';
import { RememberedScrapes } from './testing/remembered-scrapes.ts';

const TRACK = testTrack('web');
const [STABLE, CANDIDATE] = [testRevisionId(1), testRevisionId(2)];
const MINUTE = 60_000;
/** A border of ticks, far from the beginning of time. */
const START = 100 * 24 * 60 * MINUTE;
const POD = `${STABLE}-abcde`;

let scrapes: RememberedScrapes;
let provider: PrometheusMetrics;

beforeEach(() => {
  scrapes = new RememberedScrapes();
  provider = providerOver(scrapes, [STABLE, CANDIDATE]);
});

const ok = 'requests{status="200"}';
const failed = 'requests{status="500"}';

/** A scrape so many seconds after the start. */
const scrape = (seconds: number, values: Record<string, number>, { target = POD, late = 0 } = {}) =>
  scrapes.add({ at: START + seconds * 1000, knownAt: START + (seconds + late) * 1000, target, values });

/** Asks so many seconds after the start for what began at or after another moment. */
const observe = async (seconds: number, since = 0) => {
  scrapes.now = START + seconds * 1000;
  return provider.observe(TRACK, START + since * 1000);
};
const seen = async (seconds: number, since = 0) => {
  const observed = await observe(seconds, since);
  if (observed.kind !== 'ticks') throw new Error(observed.message);
  return {
    until: (observed.cursor - START) / 1000,
    ticks: observed.ticks.map(({ at, arms }) => {
      const arm = arms[STABLE];
      return [(at - START) / 1000, arm?.requests ?? 0, arm?.errors ?? 0];
    }),
  };
};

describe('a tick', () => {
  it('has its share of what grew between scrapes, and errors only of requests that failed', async () => {
    for (const [at, second] of [-20, -5, 10, 25, 40].entries()) scrape(second, { [ok]: 100 + at * 6 });
    const ticks = [
      [0, 6, 0],
      [15, 6, 0],
    ];
    expect(await seen(45)).toEqual({ until: 30, ticks });
  });

  it('waits for a scrape that takes long, and then has what it brought', async () => {
    scrape(-5, { [ok]: 10 });
    scrape(10, { [ok]: 40 }, { late: 12 });
    expect(await seen(21)).toEqual({ until: 0, ticks: [] });
    scrape(25, { [ok]: 43 });
    expect(await seen(26)).toEqual({ until: 15, ticks: [[0, 21, 0]] });
  });

  it('does not wait for ever for a pod that is gone', async () => {
    scrape(-5, { [ok]: 10 });
    scrape(10, { [ok]: 40 });
    for (const at of [-4, 11, 26, 41, 56]) scrape(at, {}, { target: 'another' });
    expect((await seen(42)).until).toBe(0);
    expect((await seen(45)).until).toBe(15);
    const ticks = [
      [0, 20, 0],
      [15, 0, 0],
      [30, 0, 0],
    ];
    expect((await seen(58)).ticks).toEqual(ticks);
  });

  it('counts a status that is new from nothing, as its pod was scraped before without it', async () => {
    scrape(-5, { [ok]: 10 });
    scrape(10, { [ok]: 16, [failed]: 3 });
    scrape(25, { [ok]: 16, [failed]: 6 });
    expect(await seen(31)).toMatchObject({ ticks: [[0, 7, 3]] });
  });

  it('counts the first request of a pod that was scraped before and had none', async () => {
    scrape(-5, {});
    scrape(10, { [ok]: 12 });
    scrape(25, { [ok]: 12 });
    expect(await seen(31)).toMatchObject({ ticks: [[0, 12, 0]] });
  });

  it('does not count what a pod had when it was scraped for the very first time', async () => {
    scrape(10, { [ok]: 1_000_000, [failed]: 900 });
    for (const at of [25, 40]) scrape(at, { [ok]: 1_000_006, [failed]: 903 });
    const ticks = [
      [0, 3, 1],
      [15, 6, 2],
    ];
    expect(await seen(46)).toMatchObject({ ticks });
  });

  it('counts the whole of a counter that began anew', async () => {
    scrape(-5, { [ok]: 500 });
    scrape(10, { [ok]: 6 });
    for (const at of [25, 40]) scrape(at, { [ok]: 9 });
    const ticks = [
      [0, 5, 0],
      [15, 2, 0],
    ];
    expect(await seen(46)).toMatchObject({ ticks });
  });

  it('counts a status from nothing that was missing for a scrape: its process began anew in between', async () => {
    for (const at of [-20, -5]) scrape(at, { [ok]: 100, [failed]: 5 });
    scrape(10, { [ok]: 3 });
    for (const at of [25, 40]) scrape(at, { [ok]: 9, [failed]: 6 });
    const ticks = [
      [0, 6, 2],
      [15, 8, 4],
    ];
    expect(await seen(46)).toMatchObject({ ticks });
  });

  it('belongs to no revision where the pod is another workload of a similar name', async () => {
    for (const target of [`${STABLE}-worker-5d9c7b8f6d-abcde`, `x${STABLE}-abcde`, 'web-abcde'])
      for (const at of [-5, 10, 25]) scrape(at, { [ok]: 50 + at }, { target });
    const observed = await observe(31);
    expect(observed).toMatchObject({ ticks: [{ arms: {} }] });
  });
});

describe('silence and blindness', () => {
  it('silence is a tick without arms: Prometheus scrapes, and nobody has anything to tell', async () => {
    for (const at of [-5, 10, 25]) scrape(at, {}, { target: 'another' });
    expect(await observe(31)).toEqual({
      kind: 'ticks',
      ticks: [{ at: START, durationMs: TICK, arms: {} }],
      cursor: START + TICK,
    });
  });

  it('where nothing at all was scraped there is no tick, and after a while it is said', async () => {
    scrape(-20, { [ok]: 10 });
    scrape(-5, { [ok]: 10 });
    expect(await seen(100)).toEqual({ until: 15, ticks: [[0, 0, 0]] });
    expect(await observe(160)).toEqual({
      kind: 'provider-error',
      message:
        'Prometheus at http://remembered answers, but has scraped nothing for 2m25s, not even its own `up`.',
    });
  });

  it('an outage of ten minutes leaves a hole, and what was counted in it comes after it', async () => {
    scrape(-5, { [ok]: 100 });
    scrape(10, { [ok]: 109 });
    for (const at of [610, 625, 640]) scrape(at, { [ok]: 699 + at, [failed]: 40 });
    expect(await seen(646)).toEqual({
      until: 630,
      ticks: [
        [0, 6, 0],
        [15, 0, 0],
        [600, 1245, 40],
        [615, 15, 0],
      ],
    });
  });

  it('what was counted more than a quarter of an hour ago is left out, and nothing is made up for it', async () => {
    scrape(-5, { [ok]: 100 });
    for (const at of [1810, 1825, 1840]) scrape(at, { [ok]: 5_000 + at });
    expect(await seen(1846)).toMatchObject({
      until: 1830,
      ticks: [
        [1800, 5, 0],
        [1815, 15, 0],
      ],
    });
  });

  it('a partial answer is an error, as what is missing would look as if it had not happened', async () => {
    for (const at of [-5, 10, 25]) scrape(at, { [ok]: 10 });
    scrapes.warnings = ['store-2 did not answer'];
    expect(await observe(31)).toEqual({
      kind: 'provider-error',
      message: expect.stringMatching(/partial answer to `requests\{.*`: store-2 did not answer/),
    });
  });
});

describe('few queries', () => {
  it('one look is one query per kind, and the same look again costs nothing', async () => {
    for (const at of [-20, -5, 10, 25]) scrape(at, { [ok]: 100 + at });
    await observe(31);
    await observe(32);
    expect(scrapes.queries).toHaveLength(1);
    await observe(35);
    expect(scrapes.queries).toHaveLength(2);
  });

  it('a look at what cannot be there yet asks only whether Prometheus is', async () => {
    await observe(19);
    expect(scrapes.queries).toEqual(['vector(1)']);
  });
});

/** Scrapes of some pods with restarts, failures of scrapes and slow ones; gives what was counted in all. */
function randomLife(random: Random): number {
  let counted = 0;
  for (let pod = 0; pod < 3; pod++) {
    const offset = Math.floor(random() * 15);
    let value = Math.floor(random() * 1_000);
    let errors = 0;
    let hasFailed = false;
    let scrapedBefore = false;
    let scraped = { value, errors };
    for (let second = offset - 30; second < 600; second += 15) {
      const isDown = second > 0 && random() < 0.15;
      // What grows before the first scrape of the stretch would partly belong before it.
      if (scrapedBefore && random() < 0.1) [value, errors] = [0, 0];
      if (scrapedBefore) value += Math.floor(random() * 50);
      if (scrapedBefore && random() < 0.1) errors += 1 + Math.floor(random() * 5);
      if (isDown) continue;
      scrapedBefore ||= second >= 0;
      const now = { value, errors };
      hasFailed ||= errors > 0;
      const values = hasFailed ? { [ok]: value, [failed]: errors } : { [ok]: value };
      scrape(second, values, { target: `${STABLE}-pod${pod}`, late: random() * 4 });
      const grown = (after: number, before: number) => (after >= before ? after - before : after);
      counted += grown(now.value, scraped.value) + grown(now.errors, scraped.errors);
      scraped = now;
    }
  }
  return counted;
}

it('counts everything once, whenever it is asked, and says the same when it is asked again', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed);
    scrapes = new RememberedScrapes();
    provider = providerOver(scrapes, [STABLE, CANDIDATE]);
    const counted = randomLife(random);
    const ticks: TrafficTick[] = [];
    let cursor = START;
    for (
      let second = 5;
      second < 660;
      second = second < 600 ? second + 1 + Math.floor(random() * 40) : second + 24
    ) {
      scrapes.now = START + second * 1000;
      const observed = await provider.observe(TRACK, cursor);
      if (observed.kind !== 'ticks') throw new Error(observed.message);
      ticks.push(...observed.ticks);
      cursor = observed.cursor;
    }
    const sum = ticks.reduce((all, { arms }) => all + (arms[STABLE]?.requests ?? 0), 0);
    expect({ seed, sum }).toEqual({ seed, sum: counted });
    const again = await provider.observe(TRACK, START);
    expect(again.kind === 'ticks' ? again.ticks.slice(0, ticks.length) : again).toEqual(ticks);
  }
});
