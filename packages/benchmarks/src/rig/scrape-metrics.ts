/** What a server's `/metrics` says, by the whole name of each series. */
export type Scrape = ReadonlyMap<string, number>;

/** Reads `/metrics` of a server on this machine. */
export async function scrapeMetrics(apiPort: number): Promise<Scrape> {
  const reply = await fetch(`http://127.0.0.1:${apiPort}/metrics`);
  return parseMetrics(await reply.text());
}

/** Reads the text format of Prometheus; comments are passed over. */
export function parseMetrics(text: string): Scrape {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line): [string, number] => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** How much a counter has grown between two scrapes. */
export const growth = (before: Scrape, after: Scrape, series: string): number =>
  (after.get(series) ?? 0) - (before.get(series) ?? 0);

/** What a histogram counted between two scrapes: upper bounds with counts up to them, ascending. */
export interface CountedHistogram {
  readonly count: number;
  readonly sum: number;
  readonly upTo: readonly (readonly [bound: number, count: number])[];
}

/** Reads what a histogram without labels counted between two scrapes. */
export function countedBetween(before: Scrape, after: Scrape, name: string): CountedHistogram {
  const upTo = [...after.keys()].flatMap((series): (readonly [number, number])[] => {
    const bound = series.startsWith(`${name}_bucket{le="`) ? series.split('"')[1] : undefined;
    if (bound === undefined) return [];
    return [[bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), growth(before, after, series)]];
  });
  return {
    count: growth(before, after, `${name}_count`),
    sum: growth(before, after, `${name}_sum`),
    upTo: upTo.toSorted(([a], [b]) => a - b),
  };
}

/** A quantile (0 to 1), straight between the bounds of its bucket; the last finite bound when it lies above; NaN of nothing. */
export function quantileOf({ count, upTo }: CountedHistogram, q: number): number {
  if (count === 0) return Number.NaN;
  const rank = q * count;
  let [lower, below] = [0, 0];
  for (const [bound, counted] of upTo) {
    if (counted >= rank) {
      if (!Number.isFinite(bound)) return lower;
      return counted === below ? bound : lower + ((bound - lower) * (rank - below)) / (counted - below);
    }
    [lower, below] = [bound, counted];
  }
  return lower;
}

/** The part (0 to 1) of what was counted that is at most a bound of the histogram. */
export const partUpTo = ({ count, upTo }: CountedHistogram, limit: number): number =>
  count === 0 ? Number.NaN : (upTo.find(([bound]) => bound === limit)?.[1] ?? Number.NaN) / count;
