import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Series } from './prometheus-answer.ts';
import { type PrometheusClient, prometheusClient } from './prometheus-client.ts';
import type { PrometheusConnection, PrometheusMeans } from './prometheus-connection.ts';

/** One question to some Prometheus. */
export interface PrometheusQuestion {
  readonly connection: PrometheusConnection;
  readonly query: string;
  /** Null asks for the present value; otherwise for those from `startMs` ago to `endMs` ago. */
  readonly range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number } | null;
}

/**
 * What a question gave: a number, or a list with the number of each series (of a range: all numbers of all series, one
 * series after the other), as Argo Rollouts and Flagger have it. Numbers may be NaN or infinite.
 */
export type PrometheusAnswered =
  | { readonly ok: true; readonly result: number | readonly number[]; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** Asks whatever Prometheus is named, over connections that are kept. */
export interface PrometheusQuestions {
  ask(question: PrometheusQuestion, signal: AbortSignal): Promise<PrometheusAnswered>;
  close(): Promise<void>;
}

/** So many are spoken to over connections that are kept; beyond, the one not used for longest is closed. */
const MOST_CLIENTS = 32;

/** Opens the questions. */
export function prometheusQuestions(now: () => Instant, means: PrometheusMeans): PrometheusQuestions {
  const clients = new Map<string, PrometheusClient>();
  const clientOf = (connection: PrometheusConnection): PrometheusClient => {
    const key = JSON.stringify(connection);
    const client = clients.get(key) ?? prometheusClient(connection, means);
    clients.delete(key);
    clients.set(key, client);
    for (const [oldest, unused] of clients) {
      if (clients.size <= MOST_CLIENTS) break;
      clients.delete(oldest);
      void unused.close();
    }
    return client;
  };
  return {
    ask: async ({ connection, query, range }, signal) => {
      const client = clientOf(connection);
      const at = now();
      const answer = range
        ? await client.range(
            query,
            { from: at - range.startMs, until: at - range.endMs, stepMs: range.stepMs },
            signal,
          )
        : await client.instant(query, at, signal);
      if (!answer.ok) return { ok: false, message: answer.trouble.message };
      const { value, warnings } = answer;
      if (value.kind === 'scalar') return { ok: true, result: value.value, warnings };
      if (value.kind === 'string')
        return {
          ok: false,
          message: `The query \`${query}\` gives the text ${JSON.stringify(value.value)}, not a number.`,
        };
      return numbersOf(value.series, query, warnings);
    },
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.close()));
      clients.clear();
    },
  };
}

function numbersOf(
  series: readonly Series[],
  query: string,
  warnings: readonly string[],
): PrometheusAnswered {
  if (series.some(({ histograms }) => histograms.length > 0))
    return {
      ok: false,
      message: `The query \`${query}\` gives a histogram, not a number; take a number out of it, as with histogram_quantile().`,
    };
  return { ok: true, result: series.flatMap(({ samples }) => samples.map(({ value }) => value)), warnings };
}
