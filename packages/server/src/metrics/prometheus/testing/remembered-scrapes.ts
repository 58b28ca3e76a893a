import type { PrometheusAnswer, Series } from '../prometheus-answer.ts';
import type { PrometheusClient, QueryRange } from '../prometheus-client.ts';

/** What one scrape of a target brought. */
export interface Scrape {
  readonly at: number;
  /** When it can be asked for; a slow target, or a store far away, takes a while. */
  readonly knownAt: number;
  readonly target: string;
  /** Values by the name of the series with its labels: `requests_total{status="200"}`. */
  readonly values: Readonly<Record<string, number>>;
}

/**
 * For tests: a Prometheus that has been told its scrapes, and understands just those forms of queries that evidence is read
 * with. Matchers other than the metric's name are not looked at.
 */
export class RememberedScrapes implements PrometheusClient {
  readonly address = 'http://remembered';
  readonly #scrapes: Scrape[] = [];
  readonly queries: string[] = [];
  now = 0;
  warnings: readonly string[] = [];

  add(scrape: Omit<Scrape, 'knownAt'> & { readonly knownAt?: number }): void {
    this.#scrapes.push({ knownAt: scrape.at, ...scrape });
    this.#scrapes.sort((left, right) => left.at - right.at);
  }

  async instant(query: string, at: number): Promise<PrometheusAnswer> {
    this.queries.push(query);
    const raw = /^(.*)\[(\d+)ms\]$/s.exec(query);
    if (raw) return this.#matrix(namesIn(raw[1]), at - Number(raw[2]), at);
    const last = /^last_over_time\((.*)\[(\d+)ms\]\)$/s.exec(query);
    if (last) return this.#matrix(namesIn(last[1]), at - Number(last[2]), at, 'last');
    return { ok: true, value: { kind: 'vector', series: [] }, warnings: this.warnings };
  }

  async range(query: string, { from, until, stepMs }: QueryRange): Promise<PrometheusAnswer> {
    this.queries.push(query);
    const reachMs = Number(/^count\(count_over_time\(up\[(\d+)ms\]\)\)$/.exec(query)?.[1]);
    const samples: { at: number; value: number }[] = [];
    for (let at = from; at <= until; at += stepMs) {
      const count = this.#known().filter((scrape) => scrape.at > at - reachMs && scrape.at <= at).length;
      if (count > 0) samples.push({ at, value: count });
    }
    const series = samples.length === 0 ? [] : [{ labels: {}, samples, histograms: [] }];
    return { ok: true, value: { kind: 'matrix', series }, warnings: this.warnings };
  }

  async close(): Promise<void> {}

  #known(): readonly Scrape[] {
    return this.#scrapes.filter(({ knownAt }) => knownAt <= this.now);
  }

  #matrix(names: readonly string[], from: number, until: number, only?: 'last'): PrometheusAnswer {
    const series = new Map<
      string,
      { labels: Record<string, string>; samples: { at: number; value: number }[] }
    >();
    for (const { at, target, values } of this.#known()) {
      if (at <= from || at > until) continue;
      for (const [name, value] of Object.entries({ ...values, 'up{}': 1 })) {
        const [, metric = '', labels = ''] = /^([^{]+)\{(.*)\}$/.exec(name) ?? [];
        if (!names.includes(metric)) continue;
        const key = `${name} ${target}`;
        const one = series.get(key) ?? {
          labels: { __name__: metric, ...labelsIn(labels), ...of(target) },
          samples: [],
        };
        series.set(key, one);
        if (only === 'last') one.samples.length = 0;
        one.samples.push({ at, value });
      }
    }
    const found = [...series.values()].map((one): Series => ({ ...one, histograms: [] }));
    return { ok: true, value: { kind: 'matrix', series: found }, warnings: this.warnings };
  }
}

const of = (target: string): Record<string, string> => ({ job: 'pods', instance: target, pod: target });

/** The metrics that a query names, and with an ending in brackets also those that have it. */
function namesIn(query = ''): readonly string[] {
  const name = /__name__=~"([^"]+)"/.exec(query)?.[1] ?? /^([a-z_]+)\{/.exec(query)?.[1] ?? '';
  return name.endsWith('(_bucket)?') ? [name.slice(0, -10), `${name.slice(0, -10)}_bucket`] : [name];
}

function labelsIn(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
}
