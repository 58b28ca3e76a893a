import { fileURLToPath } from 'node:url';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT, wholeTo } from '@sluice/core/traffic/split.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RevisionRecord } from '../revision-record.ts';
import { describeTargetContract, type ProgramKind, type TargetSubject } from '../target.contract.ts';
import { HOST_PATIENCE, TestHost } from '../testing/test-host.ts';
import {
  testComponent,
  testProcess,
  testRevision,
  testRevisionId,
  testTrack,
} from '../testing/test-revision.ts';
import { localTarget } from './local-target.ts';

const PROGRAM = fileURLToPath(new URL('../../routing/testing/echo-process.ts', import.meta.url));
const SERVING = `echo "mode: $MODE"; exec ${process.execPath} ${PROGRAM}`;

/** A real host, and programs that are its processes. */
class LocalWorld implements TargetSubject {
  readonly #host: TestHost;
  #generation = 0;

  private constructor(host: TestHost) {
    this.#host = host;
  }

  static async start(): Promise<LocalWorld> {
    return new LocalWorld(await TestHost.start());
  }

  get target() {
    return localTarget(this.#host.client);
  }

  revision(track: TrackId, number: number, kind: ProgramKind, mode = 'test'): RevisionRecord {
    const { health } = testComponent();
    const component = testComponent({
      workload: testProcess(kind === 'crashing' ? 'exit 3' : SERVING),
      env: { MODE: mode },
      health: kind === 'unready' ? { ...health, path: '/failing' } : health,
    });
    return testRevision(number, { track, component, directory: this.#host.folder });
  }

  async route({ track, id, component }: RevisionRecord, sends: boolean): Promise<void> {
    const split = sends ? wholeTo(id) : EMPTY_SPLIT;
    await this.#host.client.orderSplit(track, {
      generation: this.nextGeneration(),
      route: { ...component.route, ...component.request, goal: null },
      split: { ...split, weights: [...split.weights], matches: [] },
    });
  }

  nextGeneration(): number {
    return ++this.#generation;
  }

  async restart(): Promise<void> {
    await this.#host.kill();
    await this.#host.begin();
  }

  close(): Promise<void> {
    return this.#host.stop();
  }
}

describeTargetContract('the local host', () => LocalWorld.start());

describe('the local target', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await TestHost.start();
  });
  afterAll(() => host.stop());

  it('gives a revision a block of ports of its own when asked', async () => {
    const component = testComponent({ workload: testProcess(SERVING) });
    const revision = testRevision(1, { component, directory: host.folder });
    const target = localTarget(host.client);
    await target.apply({ revision, instances: 3, dedicatedPorts: true, generation: 1 });
    const ports = await vi.waitFor(async () => {
      const seen = (await target.observe(revision.track))[revision.id];
      expect(seen?.ready).toBe(3);
      return (seen?.endpoints ?? []).map(({ port }) => port).toSorted((a, b) => a - b);
    }, HOST_PATIENCE);
    expect(ports).toEqual([0, 1, 2].map((step) => (ports[0] ?? 0) + step));
  });

  it('refuses a revision whose secret has no value, and names it', async () => {
    const component = testComponent({
      workload: testProcess(SERVING),
      secrets: { TOKEN: { from: 'environment', name: 'NOT_SET_ANYWHERE' } },
    });
    const revision = testRevision(2, { component, directory: host.folder });
    const applied = localTarget(host.client).apply({
      revision,
      instances: 1,
      dedicatedPorts: false,
      generation: 10,
    });
    await expect(applied).rejects.toThrow(/TOKEN.*NOT_SET_ANYWHERE/);
  });

  it('says that a host which does not answer is unreachable', async () => {
    const other = await TestHost.start();
    const target = localTarget(other.client);
    await other.kill();
    const unreachable = { name: 'SluiceError', code: 'unreachable', next: 'retry' };
    await expect(target.observe(testTrack('web'))).rejects.toMatchObject(unreachable);
    await expect(target.retire(testTrack('web'), testRevisionId(1), 1)).rejects.toMatchObject(unreachable);
    await other.begin();
    await other.stop();
  });
});
