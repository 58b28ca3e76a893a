import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import { seriesOf } from './read-counters.ts';

/** Ticks in which Prometheus did scrape, by their beginnings; or what is wrong, in words. */
export type Witnesses =
  | { readonly ok: true; readonly seen: ReadonlySet<Instant> }
  | { readonly ok: false; readonly message: string };

/** The ticks that are asked about. */
export interface TickRange {
  readonly first: Instant;
  /** The border at which the last one ends. */
  readonly until: Instant;
  readonly tickMs: number;
}

/**
 * Tells silence from blindness: in which ticks Prometheus scraped anything. The samples that were read are the evidence of
 * that, and where there are none, as of a service that nobody uses, its own notes of scrapes (`up`). A scrape up to half a
 * tick outside counts, as scrapes do not come at the same time to the millisecond.
 */
export async function witnessedTicks(
  client: PrometheusClient,
  range: TickRange,
  sampled: readonly Instant[],
): Promise<Witnesses> {
  const { first, until, tickMs } = range;
  const seen = new Set<Instant>();
  for (const at of sampled) {
    const border = Math.floor(at / tickMs) * tickMs;
    seen.add(border).add(at - border < tickMs / 2 ? border - tickMs : border + tickMs);
  }
  const missing = beginningsOf(range).filter((at) => !seen.has(at));
  if (missing.length === 0) return { ok: true, seen };
  const query = { text: `count(count_over_time(up[${2 * tickMs}ms]))` };
  const half = tickMs / 2;
  const borders = { from: first + tickMs + half, until: until + half, stepMs: tickMs };
  const read = seriesOf(await client.range(query.text, borders), query);
  if (!read.ok) return read;
  for (const { samples } of read.series)
    for (const { at } of samples) seen.add(Math.round(at - tickMs - half));
  return { ok: true, seen };
}

/** When each tick of a range begins. */
export function beginningsOf({ first, until, tickMs }: TickRange): readonly Instant[] {
  return Array.from(
    { length: Math.max(0, Math.round((until - first) / tickMs)) },
    (_, at) => first + at * tickMs,
  );
}
