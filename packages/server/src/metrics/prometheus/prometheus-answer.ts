import type { Instant } from '@sluice/core/kernel/instant.ts';

/** A bucket of a native histogram: how many observations were above `left` and at most `right`. */
export interface NativeBucket {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

/** A native histogram; only buckets that hold something are there. */
export interface NativeHistogram {
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly NativeBucket[];
}

/** One series with what it was at certain moments, oldest first; numbers may be NaN or infinite. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly at: Instant; readonly value: number }[];
  readonly histograms: readonly { readonly at: Instant; readonly histogram: NativeHistogram }[];
}

/** What a query gives. */
export type PrometheusValue =
  | { readonly kind: 'vector' | 'matrix'; readonly series: readonly Series[] }
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

/** Why there is no answer to a query. */
export interface PrometheusTrouble {
  readonly kind:
    | 'unreachable'
    | 'timed-out'
    /** The query is wrong (400), or asks for more than may be computed (422). */
    | 'bad-query'
    | 'not-executed'
    /** 401 or 403. */
    | 'refused'
    | 'server-error'
    /** What answers is not Prometheus, or says something that cannot be understood. */
    | 'invalid-reply'
    /** A header or certificate that is needed cannot be read. */
    | 'misconfigured';
  /** A sentence that says what was attempted and what is wrong. */
  readonly message: string;
}

/** An answer, or why there is none. */
export type PrometheusAnswer =
  | { readonly ok: true; readonly value: PrometheusValue; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly trouble: PrometheusTrouble };

/** The body of an answer of the HTTP API: the value, or what it says is wrong; undefined when it is no such body. */
export type PrometheusReply =
  | { readonly value: PrometheusValue; readonly warnings: readonly string[] }
  | { readonly error: string };

/**
 * Reads the body of an answer of Prometheus' HTTP API (`/api/v1/query`, `/api/v1/query_range`); numbers come as texts such
 * as `"NaN"` and `"+Inf"`, moments in seconds.
 */
export function readPrometheusReply(text: string): PrometheusReply | undefined {
  const body = objectIn(parsed(text));
  if (body?.status === 'error')
    return { error: textIn(body.error) ?? textIn(body.errorType) ?? 'it gave no reason' };
  const data = objectIn(body?.data);
  if (body?.status !== 'success' || data === undefined) return undefined;
  const value = valueIn(data);
  return value && { value, warnings: listIn(body.warnings).map(String) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function valueIn({ resultType, result }: Readonly<Record<string, unknown>>): PrometheusValue | undefined {
  if (resultType === 'scalar') return { kind: 'scalar', value: numberIn(listIn(result)[1]) };
  if (resultType === 'string') return { kind: 'string', value: String(listIn(result)[1]) };
  if (resultType !== 'vector' && resultType !== 'matrix') return undefined;
  return { kind: resultType, series: listIn(result).flatMap((row) => seriesIn(objectIn(row))) };
}

function seriesIn(row: Readonly<Record<string, unknown>> | undefined): readonly Series[] {
  if (row === undefined) return [];
  const values = row.value === undefined ? listIn(row.values) : [row.value];
  const histograms = row.histogram === undefined ? listIn(row.histograms) : [row.histogram];
  return [
    {
      labels: (objectIn(row.metric) ?? {}) as Readonly<Record<string, string>>,
      samples: values.map((pair) => ({ at: momentIn(pair), value: numberIn(listIn(pair)[1]) })),
      histograms: histograms.map((pair) => ({ at: momentIn(pair), histogram: histogramIn(listIn(pair)[1]) })),
    },
  ];
}

function histogramIn(raw: unknown): NativeHistogram {
  const { count, sum, buckets } = objectIn(raw) ?? {};
  return {
    count: numberIn(count),
    sum: numberIn(sum),
    // The first of the four says which borders belong to a bucket; for latencies that makes no difference.
    buckets: listIn(buckets).map((bucket) => {
      const [, left, right, inside] = listIn(bucket);
      return { left: numberIn(left), right: numberIn(right), count: numberIn(inside) };
    }),
  };
}

const momentIn = (pair: unknown): Instant => Math.round(numberIn(listIn(pair)[0]) * 1000);

function numberIn(raw: unknown): number {
  if (typeof raw === 'number') return raw;
  if (raw === '+Inf' || raw === 'Inf') return Number.POSITIVE_INFINITY;
  if (raw === '-Inf') return Number.NEGATIVE_INFINITY;
  return typeof raw === 'string' && raw !== '' ? Number(raw) : Number.NaN;
}

const textIn = (raw: unknown): string | undefined =>
  typeof raw === 'string' && raw !== '' ? raw : undefined;

const listIn = (raw: unknown): readonly unknown[] => (Array.isArray(raw) ? raw : []);

function objectIn(raw: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw)
    ? (raw as Readonly<Record<string, unknown>>)
    : undefined;
}
