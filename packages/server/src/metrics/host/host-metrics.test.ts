import { fileURLToPath } from 'node:url';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT } from '@sluice/core/traffic/split.ts';
import { expect, vi } from 'vitest';
import { hostRouter } from '../../routing/host/host-router.ts';
import { RequestLoad } from '../../routing/testing/request-load.ts';
import { localTarget } from '../../targets/local/local-target.ts';
import { HOST_PATIENCE, TestHost } from '../../targets/testing/test-host.ts';
import { testComponent, testProcess, testRevision } from '../../targets/testing/test-revision.ts';
import {
  describeMetricsProviderContract,
  type MetricsSubject,
  type SentRequests,
} from '../metrics-provider.contract.ts';
import { hostMetrics } from './host-metrics.ts';

const PROGRAM = fileURLToPath(new URL('../../routing/testing/echo-process.ts', import.meta.url));

/** A real host whose router sends requests where a header says. */
class CountedWorld implements MetricsSubject {
  readonly goals = true;
  readonly tickMs = 1_000;
  readonly #host: TestHost;
  #generation = 0;

  private constructor(host: TestHost) {
    this.#host = host;
  }

  static async start(): Promise<CountedWorld> {
    return new CountedWorld(await TestHost.start());
  }

  get provider() {
    return hostMetrics(this.#host.client);
  }

  async begin(track: TrackId, revisions: readonly RevisionId[]): Promise<void> {
    const component = testComponent({ workload: testProcess(`exec ${process.execPath} ${PROGRAM}`) });
    const target = localTarget(this.#host.client);
    for (const id of revisions) {
      const revision = testRevision(1, { id, track, component, directory: this.#host.folder });
      await target.apply({ revision, instances: 1, dedicatedPorts: false, generation: ++this.#generation });
    }
    await this.#ready(track);
    await hostRouter(this.#host.client).apply({
      track,
      generation: ++this.#generation,
      route: component.route,
      request: component.request,
      goal: { path: '/bought', method: null, from: '/' },
      split: {
        ...EMPTY_SPLIT,
        weights: revisions.slice(0, 1).map((revision) => ({ revision, basisPoints: 10_000 })),
        matches: revisions.map((revision) => ({
          revision,
          conditions: [{ on: 'header', name: 'x-wanted', equals: revision }],
        })),
      },
    });
  }

  async send(_track: TrackId, { revision, requests, errors, goals }: SentRequests): Promise<void> {
    const load = new RequestLoad(this.#host.origin, 'web.test');
    const answers = await load.askMany(requests, (at) => ({
      path: at < errors ? '/failing' : at < errors + goals ? '/bought/1' : '/',
      headers: { 'x-wanted': revision },
    }));
    await load.close();
    expect(answers.filter(({ status }) => status === 500)).toHaveLength(errors);
    expect(answers.filter(({ echo }) => echo?.revision !== revision)).toEqual([]);
  }

  now(): number {
    return Date.now();
  }

  async outage(begins: boolean): Promise<void> {
    if (begins) return this.#host.kill();
    await this.#host.begin();
    const [track = ''] = await this.#host.client.tracks();
    await this.#ready(track as TrackId);
  }

  close(): Promise<void> {
    return this.#host.stop();
  }

  async #ready(track: TrackId): Promise<void> {
    await vi.waitFor(async () => {
      const revisions = Object.values((await this.#host.client.track(track))?.revisions ?? {});
      expect(revisions.map(({ ready }) => ready)).toEqual(revisions.map(() => 1));
    }, HOST_PATIENCE);
  }
}

describeMetricsProviderContract("the host's counters", () => CountedWorld.start());
