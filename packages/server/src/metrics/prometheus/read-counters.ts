import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { CounterQuery } from './evidence-source.ts';
import type { PrometheusAnswer, Series } from './prometheus-answer.ts';
import type { PrometheusClient } from './prometheus-client.ts';

/** A stretch of time; `from` is not part of it. */
export interface Stretch {
  readonly from: Instant;
  readonly until: Instant;
}

/** Series that were read, or what is wrong, in words. */
export type SeriesRead =
  | { readonly ok: true; readonly series: readonly Series[] }
  | { readonly ok: false; readonly message: string };

/** How far back a value is looked for where a series has none at the beginning of a stretch, in ms. */
export const HISTORY_MS = 15 * 60_000;

/**
 * Reads the counters of a stretch. Of a selector these are the samples as they were scraped: whole numbers, each with its
 * time, which `rate()` and `increase()` would turn into guesses about the ends of the stretch, and which show each restart.
 * An expression has a value at each border of a tick, which counts for the tick that ends there.
 */
export async function readCounters(
  client: PrometheusClient,
  query: CounterQuery,
  { from, until }: Stretch,
  tickMs: number,
): Promise<SeriesRead> {
  if (query.kind === 'selector')
    return seriesOf(await client.instant(`${query.text}[${until - from}ms]`, until), query);
  const borders = {
    from: Math.ceil(from / tickMs) * tickMs,
    until: Math.floor(until / tickMs) * tickMs,
    stepMs: tickMs,
  };
  const read = seriesOf(await client.range(query.text, borders), query);
  return read.ok ? wholeCounts(read.series.map(earlier), query) : read;
}

/** Reads what each series last was before a moment, within a quarter of an hour. */
export async function readLast(
  client: PrometheusClient,
  query: CounterQuery,
  before: Instant,
  tickMs: number,
): Promise<SeriesRead> {
  const stretch =
    query.kind === 'selector'
      ? `${query.text}[${HISTORY_MS}ms]`
      : `(${query.text})[${HISTORY_MS}ms:${tickMs}ms]`;
  return seriesOf(await client.instant(`last_over_time(${stretch})`, before), query);
}

/**
 * The series of an answer. An answer with a warning may lack a part, as of a store that could not be asked, and what is
 * missing would look as if it had not happened.
 */
export function seriesOf(answer: PrometheusAnswer, { text }: Pick<CounterQuery, 'text'>): SeriesRead {
  if (!answer.ok) return { ok: false, message: answer.trouble.message };
  if (answer.warnings.length > 0)
    return {
      ok: false,
      message: `Prometheus gave a partial answer to \`${text}\`: ${answer.warnings.join('; ')}.`,
    };
  const { value } = answer;
  if (value.kind === 'vector' || value.kind === 'matrix') return { ok: true, series: value.series };
  return {
    ok: false,
    message: `The query \`${text}\` gives a ${value.kind} and no series; counters are needed.`,
  };
}

/** Who writes a query takes `rate()` for what is wanted; its values cannot be counted. */
function wholeCounts(series: readonly Series[], { text }: CounterQuery): SeriesRead {
  for (const { samples } of series)
    for (const { value } of samples)
      if (!Number.isInteger(value))
        return {
          ok: false,
          message: `The query \`${text}\` gives ${value}, which is no count; use the counters themselves, without rate().`,
        };
  return { ok: true, series };
}

const earlier = (series: Series): Series => ({
  ...series,
  samples: series.samples.map(({ at, value }) => ({ at: at - 1, value })),
  histograms: series.histograms.map(({ at, histogram }) => ({ at: at - 1, histogram })),
});
