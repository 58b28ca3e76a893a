import { fileURLToPath } from 'node:url';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { expect, vi } from 'vitest';
import { localTarget } from '../../targets/local/local-target.ts';
import { HOST_PATIENCE, TestHost } from '../../targets/testing/test-host.ts';
import { testComponent, testRevision } from '../../targets/testing/test-revision.ts';
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
    const component = testComponent({ run: `exec ${process.execPath} ${PROGRAM}` });
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
