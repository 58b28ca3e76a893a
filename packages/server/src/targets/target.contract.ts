import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RevisionRecord } from './revision-record.ts';
import type { Target, TargetRevision } from './target.ts';
import { testRevisionId, testTrack } from './testing/test-revision.ts';

/** How a program of a revision behaves: it serves, ends at once, or runs and never becomes ready. */
export type ProgramKind = 'serving' | 'crashing' | 'unready';

/** A target with programs that it can run, as the contract sees it. */
export interface TargetSubject {
  readonly target: Target;
  /**
   * A revision of `track` by its number. A serving one answers HTTP, ends itself on `/die`, answers `/late` after a moment
   * and `/received` with how often that was asked, and writes the line `mode: <MODE>` with its variable of that name, which
   * is `mode`.
   */
  revision(track: RevisionRecord['track'], number: number, kind: ProgramKind, mode?: string): RevisionRecord;
  /** Sends all requests of the revision's track to it, or to nothing. */
  route(revision: RevisionRecord, sends: boolean): Promise<void>;
  /** A generation above all that were given out before. */
  nextGeneration(): number;
  /** Kills what supervises, in the hardest way that it promises to survive, and brings it back. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** How long things may take to happen that a target does by itself. */
const PATIENCE = { timeout: 25_000, interval: 20 };

/**
 * What every target promises, tried with real programs.
 */
export function describeTargetContract(name: string, makeSubject: () => Promise<TargetSubject>): void {
  describe(`${name} as a target`, () => {
    let subject: TargetSubject;
    let tracks = 0;
    let used: RevisionRecord[] = [];

    beforeAll(async () => {
      subject = await makeSubject();
    });
    afterAll(() => subject.close());
    // So that a test does not pay for what earlier ones have running.
    afterEach(async () => {
      await Promise.all(used.map((revision) => retire(revision)));
      used = [];
    });

    /** A revision of a track that no other test has. */
    const fresh = (kind: ProgramKind): RevisionRecord =>
      subject.revision(testTrack(`track-${tracks++}`), 1, kind);
    const apply = (revision: RevisionRecord, instances: number, generation = subject.nextGeneration()) => {
      used.push(revision);
      return subject.target.apply({ revision, instances, dedicatedPorts: false, generation });
    };
    const look = async ({ track, id }: RevisionRecord): Promise<TargetRevision | undefined> =>
      (await subject.target.observe(track))[id];
    const seen = (revision: RevisionRecord, wanted: Partial<TargetRevision>): Promise<TargetRevision> =>
      vi.waitFor(async () => {
        const found = await look(revision);
        expect(found).toMatchObject(wanted);
        return found as TargetRevision;
      }, PATIENCE);
    const running = async (revision: RevisionRecord, instances: number): Promise<TargetRevision> => {
      await apply(revision, instances);
      return seen(revision, { ready: instances });
    };
    const retire = (revision: RevisionRecord, generation = subject.nextGeneration()) =>
      subject.target.retire(revision.track, revision.id, generation);
    const gone = (revision: RevisionRecord) =>
      vi.waitFor(async () => expect(await look(revision)).toBeUndefined(), PATIENCE);
    const portsOf = ({ endpoints }: TargetRevision) =>
      endpoints.map(({ port }) => port).toSorted((a, b) => a - b);
    const ask = (endpoint: TargetRevision['endpoints'][number] | undefined, path: string) =>
      fetch(`http://${endpoint?.host}:${endpoint?.port}${path}`, { headers: { connection: 'close' } });
    const failure = (code: string) => expect.objectContaining({ name: 'SluiceError', code });

    it('knows nothing of a track that has nothing here', async () => {
      const nobody = testTrack('nobody');
      expect(await subject.target.observe(nobody)).toEqual({});
      expect(await subject.target.inventory()).not.toContain(nobody);
    });

    it('tells what it was ordered at once, and the ready instances with their addresses when they are', async () => {
      const before = Date.now();
      const revision = fresh('serving');
      await apply(revision, 2);
      expect(await look(revision)).toMatchObject({ ordered: 2, crashLooping: false });
      const found = await seen(revision, { ready: 2, reason: null });
      expect(new Set(portsOf(found)).size).toBe(2);
      for (const { host, port } of found.endpoints) expect((await ask({ host, port }, '/')).status).toBe(200);
      expect(found.youngestStartAt).toBeGreaterThan(before - 2_000);
      expect(found.youngestStartAt).toBeLessThan(Date.now() + 2_000);
      expect(await subject.target.inventory()).toContain(revision.track);
    });

    it('adds and takes away instances and leaves the others alone', async () => {
      const revision = fresh('serving');
      const [one = 0] = portsOf(await running(revision, 1));
      const three = portsOf(await running(revision, 3));
      expect(three).toContain(one);
      const [last = 0] = portsOf(await running(revision, 1));
      expect(three).toContain(last);
      expect(await running(revision, 0)).toMatchObject({ ordered: 0, endpoints: [], crashLooping: false });
    });

    it('takes the same order again as nothing new', async () => {
      const revision = fresh('serving');
      const generation = subject.nextGeneration();
      await apply(revision, 1, generation);
      const before = await seen(revision, { ready: 1 });
      await apply(revision, 1, generation);
      await apply(revision, 1);
      const after = await look(revision);
      expect(after?.generation).toBeGreaterThan(before.generation);
      expect({ ...after, generation: 0 }).toEqual({ ...before, generation: 0 });
    });

    it('runs several revisions of a track beside each other', async () => {
      const first = fresh('serving');
      const second = subject.revision(first.track, 2, 'serving');
      await Promise.all([running(first, 1), running(second, 1)]);
      const observed = await subject.target.observe(first.track);
      expect(Object.keys(observed).toSorted()).toEqual([first.id, second.id].toSorted());
      const ports = Object.values(observed).flatMap(portsOf);
      expect(new Set(ports).size).toBe(2);
    });

    it('refuses orders of a generation that was overtaken', async () => {
      const revision = fresh('serving');
      const [older, newer] = [subject.nextGeneration(), subject.nextGeneration()];
      await apply(revision, 1, newer);
      const stale = { code: 'refused-as-stale', cause: { heldGeneration: newer, isReused: false } };
      await expect(apply(revision, 2, older)).rejects.toMatchObject(stale);
      await expect(retire(revision, older)).rejects.toMatchObject(stale);
      expect(await look(revision)).toMatchObject({ ordered: 1 });
    });

    it('refuses another order under a generation that has given one', async () => {
      const revision = fresh('serving');
      const generation = subject.nextGeneration();
      await apply(revision, 1, generation);
      const cause = { heldGeneration: generation, isReused: true };
      await expect(apply(revision, 2, generation)).rejects.toMatchObject({ code: 'refused-as-stale', cause });
      expect(await look(revision)).toMatchObject({ ordered: 1 });
    });

    it('refuses to run something else under the name of a revision', async () => {
      const revision = fresh('serving');
      await apply(revision, 1);
      const other = subject.revision(revision.track, 1, 'serving', 'other');
      await expect(apply(other, 1)).rejects.toMatchObject({ name: 'SluiceError' });
    });

    it('replaces an instance that ends by itself, and calls one accident no loop', async () => {
      const revision = fresh('serving');
      const before = await running(revision, 1);
      await ask(before.endpoints[0], '/die').catch(() => undefined);
      await vi.waitFor(async () => {
        const found = await look(revision);
        expect(found?.ready).toBe(1);
        expect(found?.youngestStartAt).toBeGreaterThan(before.youngestStartAt ?? Number.POSITIVE_INFINITY);
      }, PATIENCE);
      expect(await look(revision)).toMatchObject({ crashLooping: false });
    });

    it('shows a crash loop, with the reason in words', async () => {
      const revision = fresh('crashing');
      await apply(revision, 1);
      const found = await seen(revision, { crashLooping: true });
      expect(found).toMatchObject({ ordered: 1, ready: 0, endpoints: [] });
      expect(found.reason).toMatch(/exit/);
      await retire(revision);
      await gone(revision);
    });

    it('says why an instance that runs is not ready', async () => {
      const revision = fresh('unready');
      await apply(revision, 1);
      const found = await vi.waitFor(async () => {
        const latest = await look(revision);
        expect(latest?.reason).toMatch(/500/);
        return latest;
      }, PATIENCE);
      expect(found).toMatchObject({ ready: 0, endpoints: [] });
    });

    it('leaves nothing of a retired revision, and is done with one that is not there', async () => {
      const revision = fresh('serving');
      const { endpoints } = await running(revision, 2);
      await retire(revision);
      await gone(revision);
      await retire(revision);
      await retire({ ...revision, id: testRevisionId(99) });
      for (const { host, port } of endpoints)
        await expect(fetch(`http://${host}:${port}/`)).rejects.toThrow();
    });

    it('does not list a track of which nothing is left', async () => {
      const revision = fresh('serving');
      await running(revision, 1);
      await retire(revision);
      await gone(revision);
      await vi.waitFor(async () => expect(await subject.target.inventory()).not.toContain(revision.track));
    });

    it('lets a retired instance finish its requests', async () => {
      const revision = fresh('serving');
      const {
        endpoints: [instance],
      } = await running(revision, 1);
      const late = ask(instance, '/late');
      await vi.waitFor(
        async () => expect(await (await ask(instance, '/received')).text()).toBe('1'),
        PATIENCE,
      );
      await retire(revision);
      expect((await late).status).toBe(200);
      await gone(revision);
    });

    it('refuses to retire a revision that still gets requests', async () => {
      const revision = fresh('serving');
      await running(revision, 1);
      await subject.route(revision, true);
      await expect(retire(revision)).rejects.toMatchObject({ name: 'SluiceError' });
      expect(await look(revision)).toMatchObject({ ready: 1 });
      await subject.route(revision, false);
      await retire(revision);
      await gone(revision);
    });

    it('hands out the last lines that instances wrote', async () => {
      const revision = fresh('serving');
      await running(revision, 1);
      const { logs } = subject.target;
      await vi.waitFor(
        async () => expect(await logs(revision.track, revision.id, 10)).toContain('mode: test'),
        PATIENCE,
      );
      expect((await logs(revision.track, revision.id, 1)).trim().split('\n')).toHaveLength(1);
    });

    it('tells of each instance, and gives the lines of one of them alone', async () => {
      const revision = fresh('serving');
      await running(revision, 2);
      const found = await subject.target.instances(revision.track);
      expect(found).toHaveLength(2);
      for (const { revision: of, state, restarts, address, startedAt } of found) {
        expect({ of, state, restarts }).toEqual({ of: revision.id, state: 'ready', restarts: 0 });
        expect(address).toMatch(/:\d+$/);
        expect(startedAt).toBeGreaterThan(0);
      }
      const [first, second] = found.map(({ name }) => name);
      expect(first).not.toBe(second);
      const { logs } = subject.target;
      await vi.waitFor(
        async () => expect(await logs(revision.track, revision.id, 10, first)).toMatch(/^mode: test/m),
        PATIENCE,
      );
      await expect(logs(revision.track, revision.id, 10, 'nobody')).rejects.toEqual(failure('not-found'));
      expect(await subject.target.instances(testTrack('nobody'))).toEqual([]);
    });

    it('comes back from being killed to the instances that it had', async () => {
      const revision = fresh('serving');
      const before = await running(revision, 2);
      await subject.restart();
      const after = await seen(revision, { ready: 2 });
      expect(portsOf(after)).toEqual(portsOf(before));
      expect(after.youngestStartAt).toBe(before.youngestStartAt);
      await expect(apply(revision, 1, 1)).rejects.toEqual(failure('refused-as-stale'));
      expect(portsOf(await running(revision, 3))).toEqual(expect.arrayContaining(portsOf(before)));
    });
  });
}
