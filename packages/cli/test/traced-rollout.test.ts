import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  type OtlpReceiver,
  otlpReceiver,
  type ReceivedSpan,
} from '@sluice/server/telemetry/tracing/testing/otlp-receiver.ts';
import { testMachine, type TestMachine } from './machine-harness.ts';

let receiver: OtlpReceiver;
let shop: TestMachine;
beforeAll(async () => {
  receiver = await otlpReceiver();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
  shop = await testMachine();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await shop.down();
  await receiver.close();
});

const roots = (): readonly ReceivedSpan[] =>
  receiver.spans.filter(({ name }) => name === 'rollout storefront/local/web');

/** Waits until the whole of so many rollouts has arrived. */
async function arrived(count: number): Promise<void> {
  while (roots().length < count) await receiver.received(receiver.spans.length + 1);
}

it('a rollout is one trace, though the control plane was killed in the middle of it', async () => {
  await shop.release('v1', {});
  await shop.ended('v1');
  await arrived(1);
  shop.load(100);
  await shop.release('v2', {});
  await shop.until(({ active }) => active?.phase === 'running');
  shop.killServer();
  await shop.up();
  await shop.ended('v2', 120_000);
  await arrived(2);
  expect(receiver.faults).toEqual([]);
  const root = roots().at(-1) ?? expect.fail('the rollout has no span');
  const mine = receiver.spans.filter(({ traceId }) => traceId === root.traceId);
  const known = new Set(mine.map(({ spanId }) => spanId));
  const parts = mine.filter(({ spanId }) => spanId !== root.spanId);
  expect(root.parentSpanId).toBeUndefined();
  expect(parts.length).toBeGreaterThan(4);
  for (const { name, parentSpanId } of parts) expect(known, name).toContain(parentSpanId);
  const steps = new Set(mine.map(({ name }) => /^step (\d+)/.exec(name)?.[1]).filter(Boolean));
  expect([...steps].map(Number).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: steps.size }, (_, index) => index + 1),
  );
});
