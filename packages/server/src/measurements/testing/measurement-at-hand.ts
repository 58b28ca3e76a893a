import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { refuse } from '@sluice/core/kernel/result.ts';
import type { MeasurementQuery, MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import type { WebQuestions } from '../ask-web.ts';
import type { MeasuringPorts } from '../measure.ts';
import type { MeasurementContext } from '../measurement-ports.ts';

/** For tests: a question to a Prometheus. */
export const testQuery = (
  changes: Partial<Extract<MeasurementQuery, { provider: 'prometheus' }>> = {},
): MeasurementQuery => ({
  provider: 'prometheus',
  address: 'http://prometheus.test:9090',
  headers: {},
  insecure: false,
  query: 'up',
  range: null,
  timeoutMs: 5_000,
  ...changes,
});

/** For tests: a measurement that wants at least 0.95. */
export const testSpec = (
  query: MeasurementQuery,
  changes: Partial<MeasurementSpec> = {},
): MeasurementSpec => ({
  name: 'success-rate',
  query,
  condition: { language: 'cel', success: 'result[0] >= 0.95', failure: null },
  initialDelayMs: 0,
  intervalMs: 60_000,
  count: null,
  failureLimit: 0,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  consecutiveSuccessLimit: null,
  dryRun: false,
  ...changes,
});

/** For tests: a release of the second revision. */
export const testContext = (changes: Partial<MeasurementContext> = {}): MeasurementContext => ({
  candidate: 'web-0000000000bb',
  stable: 'web-0000000000aa',
  evidence: null,
  readKept: null,
  runTask: null,
  ...changes,
});

const NO_WEB: WebQuestions = {
  ask: async () => ({ ok: false, message: 'Nobody was asked over HTTP.' }),
  close: async () => undefined,
};

/** For tests: ports of which nothing answers but what is given. */
export const testPorts = (changes: Partial<MeasuringPorts> = {}): MeasuringPorts => ({
  askPrometheus: async () => ({ ok: false, message: 'No Prometheus was asked.' }),
  compileExpr: (text) => refuse('bad-expression', `${text} was not compiled`, 'Nothing.'),
  environment: {},
  readStored: async ({ from }) => {
    throw new SluiceError('not-found', `nothing is kept (${from})`, { next: 'ask-human' });
  },
  now: () => 0,
  web: NO_WEB,
  ...changes,
});
