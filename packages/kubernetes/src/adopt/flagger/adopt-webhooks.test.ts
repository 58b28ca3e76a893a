import type { MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import { expect, test } from 'vitest';
import { adoptTexts } from './testing/adopt-sample.ts';
import { canaryText, DEPLOYMENT, EACH_MINUTE, webhook } from './testing/canary-text.ts';

function adopted(analysis: string) {
  const adoption = adoptTexts([
    { text: canaryText(`${EACH_MINUTE}, stepWeight: 50, ${analysis}`), file: 'canary.yaml' },
    { text: DEPLOYMENT, file: 'web.yaml' },
  ]);
  if (!adoption.ok) throw new TypeError(JSON.stringify(adoption.faults));
  const { strategy } = adoption.component;
  const steps = strategy.kind === 'steps' ? strategy.steps : [];
  const measurements: readonly MeasurementSpec[] = [
    ...steps.flatMap((step) => ('measurements' in step ? step.measurements : [])),
    ...strategy.analysis.measurements,
  ];
  return { measurements, differences: adoption.differences.map(({ message }) => message).join('\n') };
}

test('a hook gets the payload that it knows from Flagger', () => {
  const { measurements } = adopted(
    `webhooks: [${webhook('rollout', ', timeout: 30s, disableTLS: true, metadata: { a: b }')}]`,
  );
  expect(measurements[0]?.query).toEqual({
    provider: 'web',
    url: 'http://hooks.test/rollout',
    method: 'POST',
    headers: {},
    body: {
      name: 'web',
      namespace: 'test',
      phase: 'Progressing',
      checksum: '{{candidate-hash}}',
      metadata: { a: 'b' },
    },
    jsonPath: null,
    insecure: true,
    timeoutMs: 30_000,
  });
});

test('addresses of the arms that only Flagger makes are those of the revisions, and no others', () => {
  const { measurements, differences } = adopted(
    `webhooks: [${webhook('rollout', ', metadata: { cmd: "hey http://web-canary.test/ http://web.test/ http://my-web-canary.test/ http://web-primary:80" }')}]`,
  );
  expect(measurements[0]?.query).toMatchObject({
    body: {
      metadata: {
        cmd: 'hey http://shop-production-web-{{candidate-hash}}.test/ http://web.test/ http://my-web-canary.test/ http://shop-production-web-{{stable-hash}}:80',
      },
    },
  });
  expect(differences).toContain('web-canary and web-primary are Services that only Flagger makes');
});

test('a hook that answers 204 is good, which for Flagger it is not (webhook.go, callWebhook), and that is told', () => {
  expect(adopted(`webhooks: [${webhook('rollout')}]`).differences).toContain(
    'the answers 200, 201 and 202 are good and 204 is not',
  );
});

test('events and alerts are not sent, and that is told', () => {
  const { measurements, differences } = adopted(
    `webhooks: [${webhook('event')}], alerts: [{ name: chat, providerRef: { name: chat } }]`,
  );
  expect(measurements).toEqual([]);
  expect(differences).toContain('Sluice sends no events to hooks');
  expect(differences).toContain('Sluice does not send to AlertProviders');
});

test('a rollback hook never looks like an outage while it says no', () => {
  const { measurements } = adopted(`webhooks: [${webhook('rollback')}]`);
  expect(measurements).toMatchObject([
    {
      condition: { language: 'cel', failure: 'true' },
      failureLimit: 0,
      consecutiveErrorLimit: 1_000_000_000,
    },
  ]);
});

test('questions of one name get different ones, as measurements need', () => {
  const same = '{ name: request-success-rate, thresholdRange: { min: 99 } }';
  const { measurements } = adopted(`metrics: [${same}, ${same}]`);
  const names = measurements.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain('request-success-rate 2');
});
