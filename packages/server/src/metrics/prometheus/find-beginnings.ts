import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { CounterQuery } from './evidence-source.ts';
import { type Point, targetOf, type Trail } from './counter-trail.ts';
import type { Series } from './prometheus-answer.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import { HISTORY_MS, readLast, type SeriesRead, seriesOf, type Stretch } from './read-counters.ts';
import type { Beginning } from './trail-steps.ts';

/** Where and what the trails were read from. */
export interface BeginningSearch<Value> {
  readonly client: PrometheusClient;
  readonly query: CounterQuery;
  /** The stretch that was read, longer at its beginning than what is counted. */
  readonly stretch: Stretch;
  /** From here on steps are counted; a trail that was there before needs no search. */
  readonly first: Instant;
  readonly tickMs: number;
  /** Makes trails of what is read again. */
  readonly trailsOf: (series: readonly Series[]) => readonly Trail<Value>[];
}

/** What each trail was before its first point, by its key; or what is wrong, in words. */
export type Beginnings<Value> =
  | { readonly ok: true; readonly of: (key: string) => Beginning<Value> }
  | { readonly ok: false; readonly message: string };

const UNKNOWN = { kind: 'unknown' } as const;

/**
 * Finds out about trails that begin in the middle of what was read. One that was there in the quarter of an hour before
 * goes on from there. Else it counts from nothing when its target had been scraped before without it; the first scrape of a
 * target counts nothing: it may have run for days before anybody looked.
 */
export async function findBeginnings<Value>(
  search: BeginningSearch<Value>,
  trails: readonly Trail<Value>[],
): Promise<Beginnings<Value>> {
  const open = trails.filter(({ points }) => (points[0]?.at ?? 0) >= search.first);
  if (open.length === 0) return { ok: true, of: () => UNKNOWN };
  const last = await readLast(search.client, search.query, search.stretch.from, search.tickMs);
  if (!last.ok) return last;
  const before = new Map(search.trailsOf(last.series).map(({ key, points }) => [key, points.at(-1)]));
  const fresh = open.filter(({ key }) => before.get(key) === undefined);
  const seen = await firstScrapes(search, trails, fresh);
  if (!seen.ok) return seen;
  // Of an expression's value it is only known that the scrape was in the tick that ends there.
  const leastGapMs = search.query.kind === 'selector' ? 1 : search.tickMs;
  const wasThere = ({ target, points }: Trail<Value>): boolean => {
    const scraped = target === null ? undefined : seen.at.get(target);
    return scraped !== undefined && (points[0]?.at ?? 0) - scraped >= leastGapMs;
  };
  const began = new Map(
    open.map((trail) => [trail.key, beginningOf(before.get(trail.key), wasThere(trail))] as const),
  );
  return { ok: true, of: (key) => began.get(key) ?? UNKNOWN };
}

function beginningOf<Value>(last: Point<Value> | undefined, targetWasThere: boolean): Beginning<Value> {
  if (last) return { kind: 'from', value: last.value };
  return targetWasThere ? { kind: 'nothing' } : UNKNOWN;
}

type Scrapes =
  | { readonly ok: true; readonly at: ReadonlyMap<string, Instant> }
  | { readonly ok: false; readonly message: string };

/** When each target is first known to have been scraped: by other trails of it, else by what Prometheus notes of scrapes. */
async function firstScrapes<Value>(
  search: BeginningSearch<Value>,
  trails: readonly Trail<Value>[],
  fresh: readonly Trail<Value>[],
): Promise<Scrapes> {
  const at = new Map<string, Instant>();
  const note = (target: string | null, moment: Instant): void => {
    if (target !== null) at.set(target, Math.min(moment, at.get(target) ?? moment));
  };
  for (const { target, points } of trails) if (points[0]) note(target, points[0].at);
  const asked = fresh.filter(({ target, points }) => target !== null && at.get(target) === points[0]?.at);
  if (asked.length === 0) return { ok: true, at };
  const scraped = await scrapesOf(search, asked);
  if (!scraped.ok) return scraped;
  // A series that somebody has summed may have kept its instance and lost its job.
  for (const { labels, samples } of scraped.series)
    for (const target of [targetOf(labels), targetOf({ instance: labels.instance ?? '' })])
      for (const { at: moment, value } of samples) if (value === 1) note(target, moment);
  return { ok: true, at };
}

async function scrapesOf<Value>(
  { client, stretch }: BeginningSearch<Value>,
  asked: readonly Trail<Value>[],
): Promise<SeriesRead> {
  const instances = [...new Set(asked.map(({ labels }) => labels.instance ?? ''))]
    .map(escapeInstance)
    .join('|');
  const query = { text: `up{instance=~${JSON.stringify(instances)}}` };
  const length = stretch.until - stretch.from + HISTORY_MS;
  return seriesOf(await client.instant(`${query.text}[${length}ms]`, stretch.until), query);
}

/** Addresses hold dots, colons, and of IPv6 also brackets. */
const escapeInstance = (instance: string): string =>
  instance.replaceAll(/[.+*?()|{}[\]^$\\]/g, String.raw`\$&`);
