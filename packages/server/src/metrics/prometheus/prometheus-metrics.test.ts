import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { describe } from 'vitest';
import { describeMetricsProviderContract } from '../metrics-provider.contract.ts';
import { whyNoPrometheus } from './testing/prometheus-process.ts';
import { PrometheusWorld } from './testing/prometheus-world.ts';

const missing = await whyNoPrometheus();
if (missing !== undefined) reportSkip(`evidence from a real Prometheus: ${missing}`);

// Where Prometheus is not installed the reason is printed above.
describe.skipIf(missing !== undefined)('Prometheus', () => {
  describeMetricsProviderContract('Prometheus', () => PrometheusWorld.start());
});
