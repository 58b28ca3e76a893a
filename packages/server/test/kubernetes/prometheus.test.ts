import { fileURLToPath } from 'node:url';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { Programs } from '@sluice/fake-kubernetes/node-player/programs.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  PrometheusProcess,
  whyNoPrometheus,
} from '../../src/metrics/prometheus/testing/prometheus-process.ts';
import { playedFake } from '../../src/targets/testing/played-cluster.ts';
import { KubernetesRig } from './kubernetes-rig.ts';
import { scrapePods } from './testing/scraped-pods.ts';
import { ServiceTraffic } from './testing/service-traffic.ts';

const missing =
  process.platform === 'linux'
    ? await whyNoPrometheus()
    : 'pods that are programs need all of 127.0.0.0/8, which only Linux has';
if (missing !== undefined) reportSkip(`releases judged by a real Prometheus: ${missing}`);

const PORT = 8080;
const REQUESTS_PER_SECOND = 100;
const SCRAPE_EVERY_MS = 1_000;

const programs: Programs = () => ({
  command: process.execPath,
  args: [fileURLToPath(new URL('testing/counting-program.ts', import.meta.url))],
  env: {},
});

// Where something is not installed the reason is printed above.
describe.skipIf(missing !== undefined)('releases that are judged by a real Prometheus', () => {
  let rig: KubernetesRig;
  let prometheus: PrometheusProcess;
  let traffic: ServiceTraffic;
  let podsOfBad = '';
  /** What was begun, in this order. */
  const ends: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    prometheus = await PrometheusProcess.start(SCRAPE_EVERY_MS);
    ends.push(() => prometheus.close());
    rig = await KubernetesRig.start(() => playedFake({ programs }));
    ends.push(() => rig.close());
    ends.push(scrapePods(prometheus, rig.cluster.client, rig.namespace, PORT));
    traffic = new ServiceTraffic(rig.cluster.client, rig.namespace, 'shop-local-web', REQUESTS_PER_SECOND);
    ends.push(() => traffic.stop());
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  /** One phase that only evidence can end in time, judged by settings that suit a hundred requests per second. */
  const canary = (phase: string, weights = 'weights: { errors: 0.7, latency: 0.3 }'): string =>
    `{ canary: { phases: [ { share: 25%, ${phase} } ], early: true, keep-old: 0s, ${judge(weights)} } }`;
  const judge = (weights: string): string =>
    `judge: { warm-up: 2s, no-data-after: 8s, pass-errors: 5%, ${weights} }`;
  const ONLY_BY_EVIDENCE = 'hold: 30m';

  const web = (version: string, env: string, strategy = canary(ONLY_BY_EVIDENCE)): string => {
    const image = `registry.example/web:${version}`;
    const metrics = `prometheus: "${prometheus.address}", source: { application: { status-label: code } }`;
    return rig.file(
      `{ image: "${image}", port: ${PORT}, instances: 3, health: { path: /healthz, interval: 1s }, env: ${env}, strategy: ${strategy} }`,
      `defaults: { kubernetes: { metrics: { ${metrics}, tick: 2s, delay: 1s } } }\n`,
    );
  };
  const podsOf = (revision: string | undefined): string =>
    `${revisionName(trackId('shop', 'local', 'web'), revisionId(revision ?? ''))}-`;
  const held = (kind: string): Promise<TrackView> =>
    rig.until(({ active }) => expect(active).toMatchObject({ phase: 'held', reason: { kind } }));

  /** Evidence comes in again, and nothing was taken back. */
  const goesOn = async (version: string): Promise<void> => {
    const before = (await rig.track()).active?.evidence?.candidate.requests ?? 0;
    await rig.until(({ active }) => {
      expect(active).toMatchObject({ version, phase: 'running' });
      expect(active?.evidence?.candidate.requests).toBeGreaterThan(before);
    });
  };

  test('a first release gets requests as soon as its pods answer', async () => {
    await rig.deploy(web('1', '{}'), 'v1');
    const { stable } = await rig.stable('v1');
    await rig.until(() => expect(traffic.counts(podsOf(stable?.revision)).good).toBeGreaterThan(100));
  });

  test('a good release is promoted by evidence, long before its time', async () => {
    // That there are few slow answers takes more requests to prove than so few callers send in a minute.
    const byErrors = canary(ONLY_BY_EVIDENCE, 'weights: { errors: 1, latency: 0 }');
    await rig.deploy(web('2', '{ CHANGE: "2" }', byErrors), 'v2');
    const { last } = await rig.stable('v2');
    expect(last).toMatchObject({ version: 'v2', outcome: 'succeeded', evidence: { verdict: 'pass' } });
    expect(last?.evidence?.candidate.requests).toBeGreaterThan(100);
    expect(last?.evidence?.stable).toMatchObject({ errors: 0 });
    expect(last?.evidence?.candidate.p95Ms).toBeGreaterThan(5);
  });

  test('a release that fails one request in five is taken back by the judge', async () => {
    await rig.deploy(web('3', '{ ERROR_RATE: "0.2" }'), 'v3');
    const track = await rig.until(({ last }) => expect(last?.version).toBe('v3'));
    expect(track.last).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'judge' } });
    expect(track.stable?.version).toBe('v2');
    podsOfBad = podsOf(track.last?.candidate);
    const { candidate } = track.last?.evidence ?? {};
    expect(candidate?.errors).toBeGreaterThan(0);
    expect(candidate?.errors).toBeLessThanOrEqual(traffic.counts(podsOfBad).failed);
    await rig.until(() => expect(traffic.pods.filter((pod) => pod.startsWith(podsOfBad))).toEqual([]));
  });

  test('a release that takes ten times as long to answer is taken back by the judge', async () => {
    await rig.deploy(web('slow', '{ LATENCY_MS: "100" }'), 'slow');
    const { last } = await rig.until((track) => expect(track.last?.version).toBe('slow'));
    expect(last).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'judge' } });
    expect(last?.evidence).toMatchObject({ attribution: 'latency', candidate: { errors: 0 } });
  });

  test('a Prometheus that is gone in the middle of a canary holds it, and it goes on when that is back', async () => {
    await rig.deploy(web('4', '{ CHANGE: "4" }'), 'v4');
    await rig.until(({ active }) => expect(active?.evidence?.candidate.requests).toBeGreaterThan(0));
    await prometheus.end();
    const { active } = await held('provider-error');
    expect(active?.version).toBe('v4');
    await prometheus.begin();
    await goesOn('v4');
  });

  test('a canary without requests is held for want of evidence, and goes on with them', async () => {
    traffic.paused = true;
    await rig.deploy(web('5', '{ CHANGE: "5" }'), 'v5');
    const { active } = await held('no-data');
    expect(active).toMatchObject({ version: 'v5', evidence: { candidate: { requests: 0 } } });
    traffic.paused = false;
    await goesOn('v5');
  });

  const QUERY = 'max(lost_orders{pod=~".*-{{candidate-hash}}-.*"})';
  const LOST = `measurements: { lost: { prometheus: '${QUERY}', max: 3, interval: 1s, count: 3, initial-delay: 8s } }`;
  const measured = (hold: string): string => canary(`hold: ${hold}, ${LOST}`);

  test('a measurement beyond its limit takes a release back that answers every request', async () => {
    await rig.deploy(web('6', '{ LOST_ORDERS: "4" }', measured('30m')), 'v6');
    const track = await rig.until(({ last }) => expect(last?.version).toBe('v6'));
    expect(track.last).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'limit' } });
    expect(track.last?.reason?.detail).toContain('lost');
    expect(track.stable?.version).toBe('v2');
  });

  test('a measurement within its limit lets it go on', async () => {
    await rig.deploy(web('7', '{ LOST_ORDERS: "3" }', measured('1s')), 'v7');
    expect((await rig.stable('v7')).last).toMatchObject({ outcome: 'succeeded' });
  });

  test('in all that no request failed or was lost but those that the bad release answered so', () => {
    const { broken, failed } = traffic.counts();
    expect(broken).toBe(0);
    expect(failed).toBe(traffic.counts(podsOfBad).failed);
  });
});
