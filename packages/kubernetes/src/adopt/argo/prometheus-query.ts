import type { MeasurementQuery } from '@sluice/core/rollout/measurement-spec.ts';
import { goDurationMs } from './go-duration.ts';
import { authenticated, headersOf, putter, type QueryReading, secondsOf } from './query-reading.ts';
import { agoMs } from './range-time.ts';
import type { MetricProvider } from './template-shape.ts';

/** What Argo takes when nothing is said. */
const TIMEOUT_SECONDS = 30;

type Prometheus = NonNullable<MetricProvider['prometheus']>;

/** A question to Prometheus. */
export function prometheusQuery(metric: Prometheus, reading: QueryReading): MeasurementQuery {
  const at = (key: string): readonly string[] => ['prometheus', key];
  const put = putter(reading, ['prometheus']);
  const address =
    metric.address === undefined || metric.address === '' ? null : put('address', metric.address);
  if (address !== null && !/^https?:\/\/[^/]/.test(address))
    reading.fault(at('address'), `\`${address}\` is no address such as http://prometheus.example.com:9090.`);
  if (address === null && reading.prometheus === null)
    reading.fault(
      at('address'),
      'It names no address, and nothing else says where Prometheus is (Argo reads ARGO_ROLLOUTS_PROMETHEUS_ADDRESS of its controller); name it here or with --prometheus.',
    );
  const query = metric.query === undefined ? '' : reading.readdressed(put('query', metric.query)).trim();
  if (query === '') reading.fault(at('query'), 'A query was expected.');
  return {
    provider: 'prometheus',
    address: address ?? reading.prometheus,
    headers: {
      ...headersOf(metric.headers, reading, ['prometheus']),
      ...authenticated(metric.authentication, reading, ['prometheus']),
    },
    insecure: metric.insecure ?? false,
    query,
    range: metric.rangeQuery ? rangeOf(metric.rangeQuery, reading) : null,
    timeoutMs: secondsOf(metric.timeout, TIMEOUT_SECONDS, reading, at('timeout')),
  };
}

function rangeOf(
  range: NonNullable<Prometheus['rangeQuery']>,
  reading: QueryReading,
): { readonly startMs: number; readonly endMs: number; readonly stepMs: number } {
  const put = putter(reading, ['prometheus', 'rangeQuery']);
  const time = (key: 'start' | 'end'): number => {
    const text = put(key, range[key]);
    const ago = agoMs(text);
    if (ago === undefined)
      reading.fault(
        ['prometheus', 'rangeQuery', key],
        `A time such as now() or now() - duration("1h") was expected, not \`${text}\`.`,
      );
    return ago ?? 0;
  };
  const step = put('step', range.step);
  const stepMs = goDurationMs(step) ?? 0;
  if (stepMs === 0)
    reading.fault(
      ['prometheus', 'rangeQuery', 'step'],
      `A duration such as 1m was expected, not \`${step}\`.`,
    );
  return { startMs: time('start'), endMs: time('end'), stepMs };
}
