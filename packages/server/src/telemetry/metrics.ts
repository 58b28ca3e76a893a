/**
 * What the control plane measures of itself, for Prometheus. All instruments are made here, with every label's
 * values named, so that the number of series is bounded. Times are in seconds, as Prometheus expects them.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { agentGauges, type FiguresReader } from './agent-gauges.ts';
import { attemptInstruments, type AttemptInstruments } from './attempt-instruments.ts';
import { breakerGauges, type BreakersReader } from './breaker-gauges.ts';
import { certificateGauges, type CertificateReader } from './certificate-gauges.ts';
import { dutyGauges, type DutiesReader } from './duty-gauges.ts';
import { hostGauges, type HostReader } from './host-gauges.ts';
import { rolloutGauges, type RolloutsReader } from './rollout-gauges.ts';
import { stockGauges, type StockReader } from './stock-gauges.ts';

/** The instruments, and the registry that renders them. */
export interface Metrics {
  readonly registry: Registry;
  readonly httpRequests: Histogram<'method' | 'route' | 'status'>;
  readonly eventSubscribers: Gauge;
  /** Logins and tokens that let nobody in. */
  readonly failedLogins: Counter<'how'>;
  /** Requests that were refused because of a limit. */
  readonly limitedRequests: Counter<'limit' | 'of'>;
  /** From the moment at which a track was due to the commit of what was decided. */
  readonly loopLag: Histogram;
  /** One call of `decide`. */
  readonly decisions: Histogram;
  readonly commits: Counter<'result'>;
  readonly effects: Counter<'effect' | 'outcome'>;
  /** By what was asked: target, router or metrics. */
  readonly observationFailures: Counter<'port'>;
  readonly verdicts: Counter<'verdict'>;
  readonly finishedRollouts: Counter<'outcome'>;
  /** Spans of rollouts that were given to the collector of traces. */
  readonly traceSpans: Counter<'outcome'>;
  /** Attempts to tell a channel something. */
  readonly deliveryAttempts: Counter<'kind' | 'outcome'>;
  /** Says where tracks, rollouts under way and the length of the ledger are counted. */
  readonly stockFrom: (reader: StockReader) => void;
  /** Says where single rollouts are read. */
  readonly rolloutsFrom: (reader: RolloutsReader) => void;
  /** Says where the host of this machine is asked. */
  readonly hostFrom: (reader: HostReader) => void;
  /** Says where what is still to be done is counted: entries to be signed, notices to be delivered. */
  readonly dutiesFrom: (reader: DutiesReader) => void;
  /** Attempts at tasks of agents. */
  readonly attempts: AttemptInstruments;
  /** Says where queues and workers of agents are counted. */
  readonly agentsFrom: (reader: FiguresReader) => void;
  /** Says where the circuit breakers of tools stand. */
  readonly breakersFrom: (reader: BreakersReader) => void;
  /** Says where the certificate of the API is read. */
  readonly certificateFrom: (reader: CertificateReader) => void;
}

/** From one millisecond to ten seconds: the goal for the loop is one second at p99. */
const LAG_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** A decision is pure computation: microseconds, with room for a bad day. */
const DECISION_BUCKETS_SECONDS = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1];
const HTTP_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/**
 * Makes a registry of its own with all instruments in it; several can live in one process.
 *
 * @param options.processMetrics also collect memory, CPU and event-loop figures of this process (default true)
 */
export function createMetrics(options: { processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.processMetrics ?? true) collectDefaultMetrics({ register: registry });
  return {
    registry,
    ...httpInstruments(registry),
    ...loopInstruments(registry),
    stockFrom: stockGauges(registry),
    dutiesFrom: dutyGauges(registry),
    rolloutsFrom: rolloutGauges(registry),
    hostFrom: hostGauges(registry),
    attempts: attemptInstruments(registry),
    agentsFrom: agentGauges(registry),
    breakersFrom: breakerGauges(registry),
    certificateFrom: certificateGauges(registry),
  };
}

function httpInstruments(
  registry: Registry,
): Pick<Metrics, 'httpRequests' | 'eventSubscribers' | 'failedLogins' | 'limitedRequests'> {
  const registers = [registry];
  return {
    httpRequests: new Histogram({
      name: 'sluice_http_request_duration_seconds',
      help: 'Time from the arrival of a request to the end of its answer; event streams are left out.',
      labelNames: ['method', 'route', 'status'],
      buckets: HTTP_BUCKETS_SECONDS,
      registers,
    }),
    eventSubscribers: new Gauge({
      name: 'sluice_event_stream_subscribers',
      help: 'Open event streams.',
      registers,
    }),
    failedLogins: new Counter({
      name: 'sluice_failed_logins_total',
      help: 'Logins, tokens and sessions that let nobody in, by how they were tried.',
      labelNames: ['how'],
      registers,
    }),
    limitedRequests: new Counter({
      name: 'sluice_limited_requests_total',
      help: 'Requests that were refused because somebody asked too much, by the limit and by whose it was.',
      labelNames: ['limit', 'of'],
      registers,
    }),
  };
}

type LoopInstrument =
  | 'loopLag'
  | 'decisions'
  | 'deliveryAttempts'
  | 'commits'
  | 'effects'
  | 'observationFailures'
  | 'verdicts';

function loopInstruments(
  registry: Registry,
): Pick<Metrics, LoopInstrument | 'finishedRollouts' | 'traceSpans'> {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> =>
    new Counter({ name, help, labelNames, registers });
  return {
    loopLag: new Histogram({
      name: 'sluice_loop_lag_seconds',
      help: 'Time from the moment at which a track was due to the commit of what was decided.',
      buckets: LAG_BUCKETS_SECONDS,
      registers,
    }),
    decisions: new Histogram({
      name: 'sluice_decision_duration_seconds',
      help: 'Time of one decision about one track.',
      buckets: DECISION_BUCKETS_SECONDS,
      registers,
    }),
    commits: counter('sluice_commits_total', 'Passes over a track, by what became of them.', ['result']),
    effects: counter('sluice_effects_total', 'Effects that were carried out.', ['effect', 'outcome']),
    observationFailures: counter(
      'sluice_observation_failures_total',
      'Observations that got no answer, by the port that was asked.',
      ['port'],
    ),
    verdicts: counter(
      'sluice_verdicts_total',
      'Verdicts that held a rollout or took it back, without what a person told it to do.',
      ['verdict'],
    ),
    finishedRollouts: counter(
      'sluice_rollouts_finished_total',
      'Rollouts that were begun and have ended, by their outcome.',
      ['outcome'],
    ),
    deliveryAttempts: counter(
      'sluice_delivery_attempts_total',
      'Attempts to tell a channel something, by its kind and what became of them.',
      ['kind', 'outcome'],
    ),
    traceSpans: counter(
      'sluice_trace_spans_total',
      'Spans of rollouts that were given to the collector of traces, by what became of them; what has failed is sent again.',
      ['outcome'],
    ),
  };
}
