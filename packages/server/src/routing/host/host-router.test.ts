import { fileURLToPath } from 'node:url';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT, type Split, wholeTo } from '@sluice/core/traffic/split.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { localTarget } from '../../targets/local/local-target.ts';
import { HOST_PATIENCE, TestHost } from '../../targets/testing/test-host.ts';
import {
  testComponent,
  testProcess,
  testRevision,
  testRevisionId,
  testTrack,
} from '../../targets/testing/test-revision.ts';
import { RequestLoad } from '../testing/request-load.ts';
import type { SplitRequest, TrafficRouter } from '../traffic-router.ts';
import { describeTrafficRouterContract, type RouterSubject } from '../traffic-router.contract.ts';
import { hostRouter } from './host-router.ts';

const PROGRAM = fileURLToPath(new URL('../testing/echo-process.ts', import.meta.url));

/** A real host: its own router, and instances that are its processes. */
class HostWorld implements RouterSubject {
  readonly #host: TestHost;
  #generation = 0;

  private constructor(host: TestHost) {
    this.#host = host;
  }

  static async start(): Promise<HostWorld> {
    return new HostWorld(await TestHost.start());
  }

  get router() {
    return hostRouter(this.#host.client);
  }

  get origin(): string {
    return this.#host.origin;
  }

  async run(track: TrackId, id: RevisionId, instances: number): Promise<void> {
    const component = testComponent({ workload: testProcess(`exec ${process.execPath} ${PROGRAM}`) });
    const revision = testRevision(1, { id, track, component, directory: this.#host.folder });
    const target = localTarget(this.#host.client);
    await target.apply({ revision, instances, dedicatedPorts: false, generation: this.nextGeneration() });
    await vi.waitFor(
      async () => expect((await target.observe(track))[id]?.ready).toBe(instances),
      HOST_PATIENCE,
    );
  }

  async instances(track: TrackId, revision: RevisionId): Promise<readonly string[]> {
    const seen = await localTarget(this.#host.client).observe(track);
    return (seen[revision]?.endpoints ?? []).map(({ host, port }) => `http://${host}:${port}`);
  }

  nextGeneration(): number {
    return ++this.#generation;
  }

  async restart(): Promise<void> {
    await this.#host.kill();
    await this.#host.begin();
    // The new host asks the processes that it finds whether they are well before it calls them ready.
    await vi.waitFor(async () => {
      const [track = ''] = await this.#host.client.tracks();
      const revisions = Object.values((await this.#host.client.track(track))?.revisions ?? {});
      expect(revisions.map(({ ready }) => ready)).toEqual(revisions.map(({ ordered }) => ordered));
    }, HOST_PATIENCE);
  }

  close(): Promise<void> {
    return this.#host.stop();
  }
}

describeTrafficRouterContract("the host's router", () => HostWorld.start());

describe("a track that wants the route of another one, at the host's router", () => {
  let host: TestHost;
  let router: TrafficRouter;
  beforeAll(async () => {
    host = await TestHost.start();
    router = hostRouter(host.client);
    await router.apply(request('holder', EMPTY_SPLIT, 1));
  });
  afterAll(() => host.stop());

  const request = (name: string, split: Split, generation: number, path = '/'): SplitRequest => ({
    track: testTrack(name),
    split,
    route: { host: 'shop.test', path },
    request: testComponent().request,
    goal: null,
    generation,
  });
  const asked = () => new RequestLoad(host.origin, 'shop.test').ask();

  it('is refused what it would serve', async () => {
    const wanted = request('other', wholeTo(testRevisionId(1)), 1);
    await expect(router.apply(wanted)).rejects.toThrow(
      /^the host refused to split the traffic of shop\/test\/other: The route shop\.test \/ already belongs to/,
    );
  });

  it('may serve nothing, which is in force then and takes nothing from the other', async () => {
    await router.apply(request('other', EMPTY_SPLIT, 2));
    expect(await router.observe(testTrack('other'))).toEqual({ split: EMPTY_SPLIT, generation: 2 });
    await router.apply(request('holder', EMPTY_SPLIT, 2));
    // The holder serves nothing, and says so itself; a route that nobody had would be a 404.
    expect((await asked()).status).toBe(503);
  });

  it('may serve nothing where its route is not one that the host can use', async () => {
    const odd = request('odd', EMPTY_SPLIT, 1, '/a b');
    await router.apply(odd);
    expect(await router.observe(odd.track)).toEqual({ split: EMPTY_SPLIT, generation: 1 });
  });

  it('is told of an order that has been overtaken, whatever it would serve', async () => {
    await router.apply(request('late', EMPTY_SPLIT, 5));
    const stale = { code: 'refused-as-stale', cause: { heldGeneration: 5, isReused: false } };
    await expect(router.apply(request('late', EMPTY_SPLIT, 4))).rejects.toMatchObject(stale);
  });
});
