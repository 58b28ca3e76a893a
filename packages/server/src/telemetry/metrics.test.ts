import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('what is counted appears in the text that Prometheus reads', async () => {
  const metrics = createMetrics({ processMetrics: false });
  metrics.loopLag.observe(0.3);
  metrics.commits.inc({ result: 'committed' });
  metrics.verdicts.inc({ verdict: 'fail' });
  const text = await metrics.registry.metrics();
  expect(text).toContain('sluice_loop_lag_seconds_bucket{le="0.5"} 1');
  expect(text).toContain('sluice_loop_lag_seconds_bucket{le="0.25"} 0');
  expect(text).toContain('sluice_commits_total{result="committed"} 1');
  expect(text).toContain('sluice_verdicts_total{verdict="fail"} 1');
});

test('the figures of the process are there unless they are not wanted', async () => {
  expect(await createMetrics().registry.metrics()).toContain('process_resident_memory_bytes');
  expect(await createMetrics({ processMetrics: false }).registry.metrics()).not.toContain('process_');
});

test('two registries in one process do not see each other', async () => {
  const [one, other] = [createMetrics({ processMetrics: false }), createMetrics({ processMetrics: false })];
  one.eventSubscribers.set(7);
  expect(await one.registry.metrics()).toContain('sluice_event_stream_subscribers 7');
  expect(await other.registry.metrics()).toContain('sluice_event_stream_subscribers 0');
});
