/**
 * Purpose: the counts of a component's revisions, tick by tick, out of the counters that a Prometheus keeps.
 *
 * Owns: the last answer per track, for a fraction of a tick, so that many looks are not many queries.
 * 1. What grew between two scrapes is shared out evenly over the ticks in between, in whole numbers, and counted once.
 * 2. A tick is given when all its samples are there, and is the same whenever it is asked for again.
 * 3. Nothing that may have happened before anybody looked is counted, and no number is made up: where Prometheus did not
 *    scrape there is no tick, where it cannot be asked an error, and zero only where it looked and saw none.
 */
import { formatDuration } from '@sluice/core/kernel/duration.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { MetricsSettings } from '@sluice/kubernetes/settings/metrics-settings.ts';
import type { Logger } from 'pino';
import type { MetricsProvider, TrafficObservation } from '../metrics-provider.ts';
import { completeUntil } from './complete-until.ts';
import type { RevisionNames } from './evidence-source.ts';
import { evidenceOf } from './evidence-of.ts';
import { type PrometheusClient, prometheusClient } from './prometheus-client.ts';
import type { PrometheusMeans } from './prometheus-connection.ts';
import { HISTORY_MS } from './read-counters.ts';
import { sourceOf } from './sources/source-of.ts';
import { beginningsOf, witnessedTicks } from './witnessed-ticks.ts';

/** What the provider of one component works with. */
export interface PrometheusMetricsPorts {
  readonly settings: MetricsSettings;
  readonly component: { readonly namespace: string };
  /** The revisions of a track that may have requests; none for a track that is not known. */
  readonly revisionsOf: (track: TrackId) => readonly RevisionId[] | Promise<readonly RevisionId[]>;
  /** Names in the cluster. */
  readonly workloadName: (revision: RevisionId) => string;
  readonly serviceName: (revision: RevisionId) => string;
  readonly now: () => Instant;
  readonly log: Logger;
  readonly means: PrometheusMeans;
  /** Shared by those who ask the same Prometheus in the same way; left out, the provider opens one of its own. */
  readonly client?: PrometheusClient;
}

/** A provider with connections that somebody has to close. */
export interface PrometheusMetrics extends MetricsProvider {
  close(): Promise<void>;
}

/** Longest wait for one answer, in ms; evidence that comes later than this is of little use to the loop. */
const QUERY_TIMEOUT_MS = 10_000;
/** As much as the host keeps of its own counters: what is older is not given. */
const KEPT_MS = HISTORY_MS;
/** Read before the first tick, so that each counter's value before it is known. */
const MARGIN_TICKS = 2;
/** The same question is answered from memory for this part of a tick. */
const MEMORY_OF_TICK = 5;
/** So many tracks are remembered. */
const MOST_REMEMBERED = 64;
/** Prometheus answers but has scraped nothing for so long: that is said instead of waited for. */
const BLIND_MS = 120_000;
/** The same in ticks, where they are long. */
const BLIND_TICKS = 4;

/** Opens the provider of one component. */
export function prometheusMetrics(ports: PrometheusMetricsPorts): PrometheusMetrics {
  const { settings } = ports;
  const connection = { ...settings, timeoutMs: QUERY_TIMEOUT_MS };
  const client = ports.client ?? prometheusClient(connection, ports.means);
  const answers = new Map<
    string,
    { readonly until: Instant; readonly answer: Promise<TrafficObservation> }
  >();
  return {
    observe: (track, since) => {
      const now = ports.now();
      const key = `${track} ${since}`;
      const remembered = answers.get(key);
      if (remembered && now < remembered.until) return remembered.answer;
      const answer = observe(ports, client, { track, since, now });
      answers.delete(key);
      answers.set(key, { until: now + settings.tickMs / MEMORY_OF_TICK, answer });
      for (const oldest of answers.keys()) {
        if (answers.size <= MOST_REMEMBERED) break;
        answers.delete(oldest);
      }
      return answer;
    },
    close: () => (ports.client ? Promise.resolve() : client.close()),
  };
}

interface Question {
  readonly track: TrackId;
  readonly since: Instant;
  readonly now: Instant;
}

async function observe(
  ports: PrometheusMetricsPorts,
  client: PrometheusClient,
  question: Question,
): Promise<TrafficObservation> {
  try {
    return await answerTo(ports, client, question);
  } catch (thrown) {
    const { message } = SluiceError.from(thrown, `reading the metrics of ${question.track}`);
    ports.log.warn({ track: question.track, reason: message }, 'metrics could not be read');
    return { kind: 'provider-error', message };
  }
}

async function answerTo(
  ports: PrometheusMetricsPorts,
  client: PrometheusClient,
  { track, since, now }: Question,
): Promise<TrafficObservation> {
  const { tickMs, delayMs, source: settings } = ports.settings;
  const first = Math.ceil(Math.max(since, now - KEPT_MS) / tickMs) * tickMs;
  const last = Math.floor((now - delayMs) / tickMs) * tickMs;
  const revisions = await ports.revisionsOf(track);
  if (last <= first || revisions.length === 0) return nothingNew(client, now, since);
  const names = revisions.map((revision): RevisionNames => namesOf(ports, revision));
  const source = sourceOf(settings, names, ports.component.namespace);
  const stretch = { from: first - MARGIN_TICKS * tickMs, until: now };
  const evidence = await evidenceOf({ client, source, stretch, first, tickMs });
  if (!evidence.ok) return { kind: 'provider-error', message: evidence.message };
  const until = completeUntil({ first, last }, evidence.scrapes, { tickMs, delayMs, now });
  const range = { first, until, tickMs };
  const witnesses = await witnessedTicks(client, range, evidence.sampled);
  if (!witnesses.ok) return { kind: 'provider-error', message: witnesses.message };
  const seen = beginningsOf(range).filter((at) => witnesses.seen.has(at));
  const cursor = (seen.at(-1) ?? first - tickMs) + tickMs;
  if (now - cursor > Math.max(BLIND_MS, BLIND_TICKS * tickMs) + delayMs) return blind(client, now - cursor);
  return {
    kind: 'ticks',
    ticks: seen.map((at) => evidence.board.tick(at)),
    cursor: Math.max(cursor, since),
  };
}

const namesOf = (ports: PrometheusMetricsPorts, revision: RevisionId): RevisionNames => ({
  revision,
  workload: ports.workloadName(revision),
  service: ports.serviceName(revision),
});

/** Whether Prometheus is there is said also when there is nothing to ask it. */
async function nothingNew(
  client: PrometheusClient,
  now: Instant,
  since: Instant,
): Promise<TrafficObservation> {
  const answer = await client.instant('vector(1)', now);
  return answer.ok
    ? { kind: 'ticks', ticks: [], cursor: since }
    : { kind: 'provider-error', message: answer.trouble.message };
}

function blind({ address }: PrometheusClient, sinceMs: number): TrafficObservation {
  const since = formatDuration(Math.round(sinceMs / 1000) * 1000);
  return {
    kind: 'provider-error',
    message: `Prometheus at ${address} answers, but has scraped nothing for ${since}, not even its own \`up\`.`,
  };
}
