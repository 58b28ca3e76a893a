import { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import { expectations } from './expectation.ts';
import { headersLanguage } from './kubernetes/metrics-language.ts';
import { httpAddress, objectPart } from './kubernetes/kubernetes-forms.ts';
import {
  choice,
  definition,
  flag,
  freeText,
  named,
  oneOf,
  optional,
  record,
  required,
  textLeaf,
  whole,
} from './leaf.ts';
import { name } from './names.ts';
import { duration } from './quantities.ts';

/** Larger values cannot be told from their neighbours. */
const LARGEST = Number.MAX_SAFE_INTEGER;
const QUERY = 'sum(rate(orders_failed_total{revision="{{candidate}}"}[1m]))';

const timeout = () =>
  optional(duration('100ms', '5m'), {
    meaning: 'How long one answer may take.',
    default: DEFAULTS.measurement.timeout,
  });
const insecure = () => optional(flag(), { meaning: 'Trusts every certificate.', default: false });
const headers = () =>
  optional(headersLanguage(), {
    meaning: 'Headers sent with it.',
    example: { Authorization: { environment: 'METRICS_TOKEN' } },
  });
const query = () => freeText('a query in PromQL');

const range = definition(
  'query-range',
  'Values over a time, instead of the present one; `result` is then a list.',
  record({
    from: required(duration('1s', '30d'), { meaning: 'How long ago the first value is.', example: '10m' }),
    to: optional(duration('0s', '30d'), { meaning: 'How long ago the last value is.', default: '0s' }),
    step: required(duration('1s', '1d'), { meaning: 'Time between two values.', example: '1m' }),
  }),
);

const prometheus = definition(
  'prometheus-query',
  'A query to Prometheus. As a text: the query alone, to the Prometheus of the component.',
  z.union([
    query(),
    record({
      query: required(query(), { meaning: 'The query.', example: QUERY }),
      address: optional(httpAddress('http://prometheus.monitoring:9090'), {
        meaning: 'Which Prometheus is asked.',
        otherwise: 'that of `kubernetes.metrics`',
        example: 'http://prometheus.monitoring:9090',
      }),
      range: optional(range, {
        meaning: 'Values over a time, instead of the present one.',
        example: { from: '10m', step: '1m' },
      }),
      headers: headers(),
      insecure: insecure(),
      timeout: timeout(),
    }),
  ]),
);

const webUrl = () =>
  textLeaf({
    expects: 'an http or https address, such as https://quality.example.com/score',
    pattern: /^https?:\/\/[^\s\0]+$/,
    parse: (text) => (URL.canParse(text) ? text : undefined),
  });

const web = definition(
  'web-query',
  'A request to a web server. As a text: the address alone.',
  z.union([
    webUrl(),
    record({
      url: required(webUrl(), {
        meaning: 'The address.',
        example: 'https://quality.example.com/score?of={{candidate}}',
      }),
      method: optional(choice('GET', 'POST', 'PUT'), { meaning: 'Method of the request.', default: 'GET' }),
      body: optional(objectPart('a mapping that is sent as JSON'), {
        meaning: 'What is sent, as JSON; goes with POST and PUT.',
        example: { revision: '{{candidate}}' },
      }),
      'json-path': optional(freeText('a JSONPath in braces, such as "{$.score}"'), {
        meaning: 'The part of the answer that `result` is.',
        otherwise: 'the whole answer',
        example: '{$.score}',
      }),
      headers: headers(),
      insecure: insecure(),
      timeout: timeout(),
    }),
  ]),
);

const condition = () => freeText('a condition in CEL over result, such as "result < 0.05"');
const bound = () => z.number().min(-LARGEST).max(LARGEST).register(expectations, { expects: 'a number' });
const limit = () => z.union([choice('none'), whole(0, 100_000)]);

/** What is asked and when the answer is good. */
const conditionKeys = () => ({
  prometheus: optional(prometheus, { meaning: 'A query to Prometheus.', example: QUERY }),
  web: optional(web, {
    meaning: 'A request to a web server; without a condition, a status of 2xx is good.',
    example: 'https://quality.example.com/score',
  }),
  success: optional(condition(), {
    meaning: 'True when a result is good; alone, everything else is bad.',
    example: 'result < 0.05',
  }),
  failure: optional(condition(), {
    meaning:
      'True when a result is bad; alone, everything else is good. Beside success, what is neither is inconclusive.',
    example: 'result > 0.1',
  }),
  min: optional(bound(), { meaning: 'Least value that is good, instead of conditions.', example: 0.99 }),
  max: optional(bound(), { meaning: 'Largest value that is good, instead of conditions.', example: 0.05 }),
});

/** How often it is asked, and how many answers may fall which way. */
const countKeys = () => ({
  interval: optional(duration('1s', '1d'), {
    meaning: 'Time between two measurements.',
    default: DEFAULTS.measurement.interval,
  }),
  count: optional(whole(1, 100_000), {
    meaning: 'Measurements that are wanted; a step does not end before its own have been made.',
    otherwise: 'as long as the step or the rollout lasts',
    example: 5,
  }),
  'failure-limit': optional(limit(), {
    meaning: 'Bad results that are allowed; one more is a failure of the candidate.',
    default: DEFAULTS.measurement.failureLimit,
  }),
  'inconclusive-limit': optional(limit(), {
    meaning: 'Inconclusive results that are allowed; one more is inconclusive.',
    default: DEFAULTS.measurement.inconclusiveLimit,
  }),
  'error-limit': optional(whole(0, 100_000), {
    meaning:
      'Errors of the provider in a row that are allowed; one more is a provider error, never a failure.',
    default: DEFAULTS.measurement.errorLimit,
  }),
  'success-limit': optional(whole(1, 100_000), {
    meaning: 'Good results in a row that end it well before its count.',
    otherwise: 'its count must be reached',
    example: 3,
  }),
  'initial-delay': optional(duration('0s', '1d'), {
    meaning: 'Wait before the first measurement.',
    default: DEFAULTS.measurement.initialDelay,
  }),
  'dry-run': optional(flag(), {
    meaning: 'Measured and shown, but nothing follows from it.',
    default: false,
  }),
});

const measurement = definition(
  'measurement',
  'A question that is asked again and again while a candidate is watched: one of prometheus and web, with a condition. `{{candidate}}` and `{{stable}}` stand for the ids of revisions, `{{candidate-hash}}` and `{{stable-hash}}` for the hash at their end.',
  oneOf({ ...conditionKeys(), ...countKeys() }, { keys: ['prometheus', 'web'] }),
);

/** Measurements by their names. */
export const measurementsLanguage = () =>
  named(name('the name of a measurement'), measurement, 'a mapping from names to measurements');

/** Texts for the key wherever it stands. */
export const measurementsAbout = (meaning: string) => ({
  meaning,
  example: { quality: { web: 'https://quality.example.com/score', success: 'result > 0.9' } },
});

/** Measurements as written. */
export type MeasurementsInput = z.output<ReturnType<typeof measurementsLanguage>>;
/** One measurement as written. */
export type MeasurementInput = MeasurementsInput[string];
