import type { MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import { compilePlan } from '@sluice/core/rollout/plan.ts';
import { expect, describe, it } from 'vitest';
import { parseApplication } from './parse-application.ts';

const minute = 60_000;

function componentOf(strategy: string, rest = '') {
  const outcome = parseApplication(
    `application: a\ncomponents: { web: { run: x, strategy: ${strategy} } }\n${rest}`,
    { file: 'sluice.yaml', baseDirectory: '/srv/app' },
  );
  if (!outcome.ok) throw new TypeError(outcome.diagnostics.map(({ message }) => message).join('\n'));
  const [web] = outcome.application.components;
  if (web === undefined) throw new TypeError('there is no component');
  return web;
}

function measurementOf(keys: string): MeasurementSpec | undefined {
  return componentOf(`{ canary: { measurements: { m: { ${keys} } } } }`).strategy.analysis.measurements[0];
}

const UP = 'prometheus: { query: up, address: "http://p:9090/" }';

describe('a measurement', () => {
  it('is a question to Prometheus every minute, of which no answer may be bad', () => {
    expect(measurementOf(`${UP}, max: 0.05`)).toEqual({
      name: 'm',
      query: {
        provider: 'prometheus',
        address: 'http://p:9090',
        headers: {},
        insecure: false,
        query: 'up',
        range: null,
        timeoutMs: 10_000,
      },
      condition: { language: 'range', min: null, max: 0.05 },
      initialDelayMs: 0,
      intervalMs: minute,
      count: null,
      failureLimit: 0,
      inconclusiveLimit: 0,
      consecutiveErrorLimit: 4,
      consecutiveSuccessLimit: null,
      dryRun: false,
      fromStep: 0,
    });
  });

  it('is a request to a web server, which is good when that says so', () => {
    expect(measurementOf('web: "https://q/score?of={{candidate}}"')).toMatchObject({
      query: {
        provider: 'web',
        url: 'https://q/score?of={{candidate}}',
        method: 'GET',
        headers: {},
        body: null,
        jsonPath: null,
      },
      condition: { language: 'outcome' },
    });
    const long =
      'url: "http://q", method: POST, body: { a: [ 1 ] }, json-path: "{$.a}", headers: { T: { file: t } }, timeout: 1s';
    expect(measurementOf(`web: { ${long} }`)?.query).toMatchObject({
      method: 'POST',
      body: { a: [1] },
      jsonPath: '{$.a}',
      headers: { t: { file: '/srv/app/t' } },
      timeoutMs: 1000,
    });
  });

  it.each([
    ['success: result < 1', { language: 'cel', success: 'result < 1', failure: null }],
    ['failure: result > 1', { language: 'cel', success: null, failure: 'result > 1' }],
    ['min: -1, max: 2.5', { language: 'range', min: -1, max: 2.5 }],
  ])('is good by %s', (written, condition) => {
    expect(measurementOf(`${UP}, ${written}`)?.condition).toEqual(condition);
  });

  it.each([
    ['count: 1', { count: 1, intervalMs: 0 }],
    ['count: 1, interval: 5s', { count: 1, intervalMs: 5000 }],
    ['count: 3', { count: 3, intervalMs: minute }],
    ['failure-limit: none, inconclusive-limit: 2', { failureLimit: null, inconclusiveLimit: 2 }],
    ['error-limit: 0, success-limit: 3', { consecutiveErrorLimit: 0, consecutiveSuccessLimit: 3 }],
    ['initial-delay: 30s, dry-run: true', { initialDelayMs: 30_000, dryRun: true }],
  ])('counts by %s', (written, expected) => {
    expect(measurementOf(`${UP}, max: 1, ${written}`)).toMatchObject(expected);
  });

  it('may ask for values over a time', () => {
    const range = 'prometheus: { query: up, address: "http://p", range: { from: 10m, step: 1m } }';
    expect(measurementOf(`${range}, max: 1`)?.query).toMatchObject({
      range: { startMs: 10 * minute, endMs: 0, stepMs: minute },
    });
  });
});

it('a strategy says measurements beside those of the file, and others under the same name', () => {
  const { strategy } = componentOf(
    `{ blue-green: { measurements: { both: { ${UP}, max: 2 }, own: { ${UP}, max: 3 } } } }`,
    `analysis: { measurements: { all: { ${UP}, max: 1 }, both: { ${UP}, max: 1 } } }`,
  );
  expect(
    strategy.analysis.measurements.map(({ name, condition }) => [name, 'max' in condition && condition.max]),
  ).toEqual([
    ['all', 1],
    ['both', 2],
    ['own', 3],
  ]);
});

describe('the plan', () => {
  const namesIn = (strategy: string): readonly (readonly string[])[] =>
    compilePlan(componentOf(strategy), { first: false, lane: 'normal' }).steps.flatMap((step) =>
      step.kind === 'judge' || step.kind === 'settle' ? [step.measurements.map(({ name }) => name)] : [],
    );

  it('measures what a phase asks in its own step, under a name of its own', () => {
    const m = `measurements: { m: { ${UP}, max: 1 } }`;
    expect(
      namesIn(
        `{ canary: { phases: [ { share: 5%, hold: 1m, ${m} }, { share: 50%, hold: 1m }, { share: 100%, hold: 1m, ${m} } ] } }`,
      ),
    ).toEqual([['phase-1.m'], [], ['phase-3.m']]);
  });

  it('measures what a step that is written by hand asks', () => {
    const m = `measurements: { m: { ${UP}, max: 1 } }`;
    expect(
      namesIn(
        `{ steps: [ { shift: 5% }, { judge: { for: 1m, ${m} } }, switch, { settle: { for: 1m, ${m} } } ] }`,
      ),
    ).toEqual([['step-2.m'], ['step-4.m']]);
  });
});
