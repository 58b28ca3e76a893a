import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';
import { SAMPLE_ANALYSIS, SAMPLE_CANARY } from '@sluice/core/rollout/testing/sample-component.ts';
import { idOf, stableWorld, type TameWorld } from '@sluice/core/rollout/testing/tame-world.ts';
import { expect } from 'vitest';
import { observeEvidence } from '../../../src/loop/observe-evidence.ts';
import type { PrometheusAnswer } from '../../../src/metrics/prometheus/prometheus-answer.ts';
import type { PrometheusMetrics } from '../../../src/metrics/prometheus/prometheus-metrics.ts';
import { providerOver } from '../../../src/metrics/prometheus/testing/provider-over.ts';
import { RememberedScrapes } from '../../../src/metrics/prometheus/testing/remembered-scrapes.ts';

const SCRAPE_EVERY_MS = 15_000;
/** For tests: a minute in seconds. */
export const MINUTE = 60;
const REQUESTS_PER_SECOND = 200;
/** A border of scrapes, far from the beginning of time. */
const START = 100 * 24 * 60 * MINUTE * 1000;
/** For tests: what is said of a Prometheus that is down. */
export const TROUBLE = 'Prometheus at http://remembered could not be reached';
const DOWN: PrometheusAnswer = { ok: false, trouble: { kind: 'unreachable', message: TROUBLE } };
/** Figures come once in a tick and some seconds later. */
const STRATEGY: StrategySpec = {
  ...SAMPLE_CANARY,
  analysis: { ...SAMPLE_ANALYSIS, judge: { ...SAMPLE_ANALYSIS.judge, noDataAfterMs: 60_000 } },
};

/** A Prometheus that neither scrapes nor answers while it is down. */
class MortalPrometheus extends RememberedScrapes {
  isDown = false;
  override instant(...asked: Parameters<RememberedScrapes['instant']>): Promise<PrometheusAnswer> {
    return this.isDown ? Promise.resolve(DOWN) : super.instant(...asked);
  }
  override range(...asked: Parameters<RememberedScrapes['range']>): Promise<PrometheusAnswer> {
    return this.isDown ? Promise.resolve(DOWN) : super.range(...asked);
  }
}

/** A pod that counts its requests, as an application does. */
interface Pod {
  readonly name: string;
  readonly revision: RevisionId;
  /** When within the interval it is scraped, in ms. */
  readonly offsetMs: number;
  good: number;
  failed: number;
}

/** For tests: the engine over a Prometheus; a second passes per step, and requests fall by the split in force. */
export class JudgedByPrometheus {
  readonly prometheus = new MortalPrometheus();
  readonly world: TameWorld = stableWorld('v1');
  readonly #provider: PrometheusMetrics = providerOver(this.prometheus, [idOf('v1'), idOf('v2')]);
  readonly #pods: readonly Pod[] = [
    podOf('v1', 'aaaaa', 2_000),
    podOf('v1', 'bbbbb', 7_000),
    podOf('v2', 'ccccc', 12_000),
  ];
  /** The part of the requests that fail, by version. */
  errorRate: Readonly<Record<string, number>> = { v1: 0.005, v2: 0.005 };
  /** Requests that the candidate has had. */
  sent = 0;
  /** Fractions of requests and errors that are to come. */
  readonly #owed = new Map<Pod, { requests: number; errors: number }>();

  static async start(): Promise<JudgedByPrometheus> {
    const judged = new JudgedByPrometheus();
    judged.world.now = START;
    await judged.pass(2 * MINUTE);
    judged.world.release('v2', { strategy: STRATEGY });
    await judged.until(() => judged.counted > 500);
    return judged;
  }

  /** Requests of the candidate that are known as evidence. */
  get counted(): number {
    const { active, last } = this.world.track;
    const rollout = [active, last].find((one) => one?.candidate === idOf('v2'));
    return rollout?.evidence?.candidate.requests ?? 0;
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) await this.#second();
  }

  async until(holds: () => boolean, within = 40 * MINUTE): Promise<void> {
    for (let second = 0; second < within && !holds(); second++) await this.#second();
    expect(holds()).toBe(true);
  }

  /** The pods of a version begin anew, with their counters at nothing. */
  restart(version: string): void {
    for (const pod of this.#pods.filter(({ revision }) => revision === idOf(version)))
      Object.assign(pod, { good: 0, failed: 0 });
  }

  async #second(): Promise<void> {
    const { world, prometheus } = this;
    for (const pod of this.#pods) this.#serve(pod);
    prometheus.now = world.now;
    if (!prometheus.isDown) for (const pod of this.#pods) this.#scrape(pod);
    world.metrics = await observeEvidence(this.#provider, world.track);
    world.look();
  }

  #serve(pod: Pod): void {
    const version = pod.revision === idOf('v1') ? 'v1' : 'v2';
    const siblings = this.#pods.filter(({ revision }) => revision === pod.revision).length;
    const owed = this.#owed.get(pod) ?? { requests: 0, errors: 0 };
    this.#owed.set(pod, owed);
    owed.requests += (REQUESTS_PER_SECOND * this.world.share(version)) / 10_000 / siblings;
    const requests = Math.floor(owed.requests);
    owed.requests -= requests;
    owed.errors += requests * (this.errorRate[version] ?? 0);
    const errors = Math.floor(owed.errors);
    owed.errors -= errors;
    pod.good += requests - errors;
    pod.failed += errors;
    if (version === 'v2') this.sent += requests;
  }

  #scrape({ name, revision, offsetMs, good, failed }: Pod): void {
    const at = this.world.now;
    if ((at - START) % SCRAPE_EVERY_MS !== offsetMs) return;
    if (this.world.revisions[revision] === undefined) return;
    this.prometheus.add({
      at,
      target: name,
      values: { 'requests{status="200"}': good, 'requests{status="500"}': failed },
    });
  }
}

const podOf = (version: string, suffix: string, offsetMs: number): Pod => ({
  ...{ name: `${idOf(version)}-${suffix}`, revision: idOf(version), offsetMs, good: 0, failed: 0 },
});
