import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measure } from '../../measurements/measure.ts';
import {
  testContext,
  testPorts,
  testQuery,
  testSpec,
} from '../../measurements/testing/measurement-at-hand.ts';
import { testRevisionId, testTrack } from '../../targets/testing/test-revision.ts';
import { type PrometheusQuestions, prometheusQuestions } from './prometheus-questions.ts';
import { loopbackMeans } from './testing/loopback-means.ts';
import { whyNoPrometheus } from './testing/prometheus-process.ts';
import { PrometheusWorld } from './testing/prometheus-world.ts';

const missing = await whyNoPrometheus();
if (missing !== undefined) reportSkip(`measurements from a real Prometheus: ${missing}`);

// Where Prometheus is not installed the reason is printed above.
describe.skipIf(missing !== undefined)('questions to a real Prometheus', () => {
  let world: PrometheusWorld;
  let questions: PrometheusQuestions;
  const candidate = testRevisionId(2);
  beforeAll(async () => {
    world = await PrometheusWorld.start();
    questions = prometheusQuestions(Date.now, loopbackMeans());
    const track = testTrack('web');
    await world.begin(track, [candidate]);
    await world.send(track, { revision: candidate, requests: 50, errors: 5, goals: 0 });
  });
  afterAll(async () => {
    await questions.close();
    await world.close();
  });

  const measured = (query: string, condition: string, range: Parameters<typeof testQuery>[0] = {}) => {
    const spec = testSpec(testQuery({ query, address: world.prometheus.address, ...range }), {
      condition: { language: 'cel', success: condition, failure: null },
    });
    const ports = testPorts({ askPrometheus: (...question) => questions.ask(...question) });
    const context = testContext({ candidate });
    return measure({ spec, context, run: 'one' }, ports, new AbortController().signal);
  };
  const errors = 'http_requests_total{pod=~"{{candidate}}-.*",status="500"}';

  it.each([
    [`scalar(${errors})`, 'result == 5', 'success', '5'],
    [errors, 'result[0] < 5', 'failure', '[5]'],
    [
      `${errors} / ignoring(status) http_requests_total{status="200"}`,
      'result[0] > 0.1',
      'success',
      '[0.1111111111111111]',
    ],
    ['0 * vector(1) / 0', 'result[0] >= 0.95', 'error', '[NaN]'],
    ['http_requests_total{pod="nobody"}', 'result[0] >= 0.95', 'error', '[]'],
    ['"words"', 'result == "words"', 'error', ''],
    ['http_requests_total{', 'result > 0', 'error', ''],
  ])('%s, of which %s is %s', async (query, condition, outcome, value) => {
    expect(await measured(query, condition)).toMatchObject({ outcome, value });
  });

  it('of a stretch of time every number of every series is in the list', async () => {
    const range = { startMs: 1_000, endMs: 0, stepMs: 500 };
    expect(await measured('vector(3)', 'size(result) == 3 && result[2] == 3.0', { range })).toMatchObject({
      outcome: 'success',
      value: '[3, 3, 3]',
    });
  });
});

describe('questions without a Prometheus', () => {
  it('say that nobody is there', async () => {
    const questions = prometheusQuestions(() => 0, loopbackMeans());
    const connection = { address: 'http://127.0.0.1:1', headers: {}, tls: null, timeoutMs: 5_000 };
    const answered = await questions.ask(
      { connection, query: 'up', range: null },
      new AbortController().signal,
    );
    await questions.close();
    expect(answered).toMatchObject({ ok: false, message: expect.stringContaining('cannot be reached') });
  });
});
