import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { MetricsSettings } from '@sluice/kubernetes/settings/metrics-settings.ts';
import { pino } from 'pino';
import { expect, vi } from 'vitest';
import { RequestLoad } from '../../../routing/testing/request-load.ts';
import type { MetricsSubject, SentRequests } from '../../metrics-provider.contract.ts';
import { prometheusClient } from '../prometheus-client.ts';
import { type PrometheusMetrics, prometheusMetrics } from '../prometheus-metrics.ts';
import { CountingPod } from './counting-pod.ts';
import { loopbackMeans } from './loopback-means.ts';
import { PrometheusProcess } from './prometheus-process.ts';

const SCRAPE_EVERY_MS = 250;
const PATIENCE = { timeout: 20_000, interval: 20 };

/** For tests: pods that count their requests, and a real Prometheus that scrapes them. */
export class PrometheusWorld implements MetricsSubject {
  readonly goals = false;
  readonly tickMs = 1_000;
  readonly prometheus: PrometheusProcess;
  readonly provider: PrometheusMetrics;
  readonly #pods = new Map<RevisionId, CountingPod[]>();
  readonly #revisions = new Map<TrackId, readonly RevisionId[]>();

  private constructor(prometheus: PrometheusProcess) {
    this.prometheus = prometheus;
    this.provider = this.providerOf({});
  }

  static async start(): Promise<PrometheusWorld> {
    return new PrometheusWorld(await PrometheusProcess.start(SCRAPE_EVERY_MS));
  }

  /** A provider over the same Prometheus with other settings. */
  providerOf(changes: Partial<MetricsSettings>): PrometheusMetrics {
    return prometheusMetrics({
      settings: {
        provider: 'prometheus',
        address: this.prometheus.address,
        headers: {},
        tls: null,
        source: {
          kind: 'application',
          requests: 'http_requests_total',
          statusLabel: 'status',
          latency: 'took_seconds',
          podLabel: 'pod',
        },
        tickMs: this.tickMs,
        delayMs: 300,
        ...changes,
      },
      component: { namespace: 'shop' },
      revisionsOf: (track) => this.#revisions.get(track) ?? [],
      workloadName: (revision) => revision,
      serviceName: (revision) => revision,
      now: () => this.now(),
      log: pino({ level: 'silent' }),
      means: loopbackMeans(),
    });
  }

  async begin(track: TrackId, revisions: readonly RevisionId[]): Promise<void> {
    await this.add(track, revisions);
    await this.scraped();
  }

  /** Starts revisions with a pod each, without waiting until it is scraped. */
  async add(track: TrackId, revisions: readonly RevisionId[]): Promise<void> {
    this.#revisions.set(track, revisions);
    for (const revision of revisions) await this.addPod(revision);
  }

  /** Starts one more pod of a revision, which is scraped from now on, in vain while it is mute. */
  async addPod(revision: RevisionId, mute = false): Promise<CountingPod> {
    const pods = this.#pods.get(revision) ?? [];
    const pod = await CountingPod.start(`${revision}-5d9c7b8f6d-x${pods.length}`);
    pod.mute = mute;
    this.#pods.set(revision, [...pods, pod]);
    await this.#tellTargets();
    return pod;
  }

  /** Ends a pod, with its counts. */
  async removePod(revision: RevisionId, pod: CountingPod): Promise<void> {
    this.#pods.set(
      revision,
      this.podsOf(revision).filter((other) => other !== pod),
    );
    await this.#tellTargets();
    await pod.close();
  }

  podsOf(revision: RevisionId): readonly CountingPod[] {
    return this.#pods.get(revision) ?? [];
  }

  /** Resolves when Prometheus has a scrape of each pod. */
  async scraped(): Promise<void> {
    const connection = { address: this.prometheus.address, headers: {}, tls: null, timeoutMs: 5_000 };
    const client = prometheusClient(connection, loopbackMeans());
    const pods = [...this.#pods.values()].flat();
    await vi.waitFor(async () => {
      const answer = await client.instant('up == 1', Date.now());
      const known = answer.ok && answer.value.kind === 'vector' ? answer.value.series : [];
      const names = known.map(({ labels }) => labels.pod);
      expect(names).toEqual(expect.arrayContaining(pods.map(({ name }) => name)));
    }, PATIENCE);
    await client.close();
  }

  async send(_track: TrackId, sent: SentRequests): Promise<void> {
    const [pod] = this.podsOf(sent.revision);
    if (!pod) return;
    // What happens between two scrapes is shared out over all of that time. Of two, the second began after this.
    await pod.scrapes(2);
    await sendTo(pod, sent.requests, sent.errors);
    await pod.scrapes(2);
  }

  now(): number {
    return Date.now();
  }

  /** An outage ends when the pods are scraped again, seconds after Prometheus answers again. */
  async outage(begins: boolean): Promise<void> {
    if (begins) return this.prometheus.end();
    const scraped = [...this.#pods.values()].flat().map((pod) => pod.scrapes(1));
    await this.prometheus.begin();
    await Promise.all(scraped);
  }

  async close(): Promise<void> {
    await this.provider.close();
    await this.prometheus.close();
    for (const pod of [...this.#pods.values()].flat()) await pod.close();
  }

  #tellTargets(): Promise<void> {
    const pods = [...this.#pods.values()].flat();
    return this.prometheus.scrape(
      pods.map(({ port, name }) => ({ port, labels: { pod: name, namespace: 'shop' } })),
    );
  }
}

/** Sends real requests to one pod; the first of them fail. */
export async function sendTo(pod: CountingPod, requests: number, errors = 0, tookMs = 20): Promise<void> {
  const load = new RequestLoad(`http://127.0.0.1:${pod.port}`, 'web.test');
  await load.askMany(requests, (at) => ({
    path: at < errors ? '/failing' : '/',
    headers: { 'x-took': String(tookMs) },
  }));
  await load.close();
}
