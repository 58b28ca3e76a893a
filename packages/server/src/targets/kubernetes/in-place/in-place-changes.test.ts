import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { asObject } from '@sluice/kubernetes/objects/as-object.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RevisionRecord } from '../../revision-record.ts';
import { type PlayedCluster, playedCluster } from '../../testing/played-cluster.ts';
import {
  declaredWorkload,
  imagesOf,
  type InPlaceBench,
  inPlaceBench,
  type InPlaceWorld,
  inPlaceWorld,
  type Kind,
  nextGeneration,
  PATIENCE,
  type WorldOptions,
} from './testing/in-place-world.ts';

let cluster: PlayedCluster;
let bench: InPlaceBench;

beforeAll(async () => {
  cluster = await playedCluster();
});
afterAll(() => cluster.close());
beforeEach(async () => {
  bench = await inPlaceBench(cluster);
});

const world = (kind: Kind, options: WorldOptions = {}) => inPlaceWorld(bench, kind, options);
const KINDS = ['StatefulSet', 'DaemonSet', 'Deployment'] as const;
const imageOf = (image: string): JsonObject => ({
  template: { spec: { containers: [{ name: 'main', image: `registry.example/db:${image}` }] } },
});

async function started(db: InPlaceWorld): Promise<RevisionRecord> {
  const one = db.revision(1);
  await db.apply(one, db.size);
  await db.until(one, { ready: db.size });
  return one;
}

/** What the loop does: an order that does not stand is given again. */
const obeyed = (db: InPlaceWorld, record: RevisionRecord, instances: number) =>
  vi.waitFor(async () => {
    const seen = (await db.look())[record.id];
    if (seen?.ordered !== instances || seen.generation === 0) await db.apply(record, instances);
    expect((await db.look())[record.id]).toMatchObject({ ordered: instances, ready: instances });
    expect((await db.look())[record.id]?.generation).toBeGreaterThan(0);
  }, PATIENCE);

const allRun = (db: InPlaceWorld, tag: string) =>
  vi.waitFor(async () => expect(imagesOf(await db.pods())).toEqual(Array(db.size).fill(tag)), PATIENCE);

describe('a workload that somebody else changes', () => {
  it.each(KINDS)('is seen when a %s gets another image, and gets back what was ordered', async (kind) => {
    const db = await world(kind);
    const one = await started(db);
    await db.change({ spec: imageOf('hand') });
    await vi.waitFor(
      async () => expect((await db.look())[one.id]).toMatchObject({ generation: 0 }),
      PATIENCE,
    );
    await obeyed(db, one, db.size);
    await allRun(db, '1');
  });

  it.each(KINDS)('gets back a %s that a hand has taken to the template before', async (kind) => {
    const db = await world(kind);
    const one = await started(db);
    const before = asObject((await db.object())?.spec?.['template']);
    const two = db.revision(2);
    await db.apply(two, db.size);
    await db.until(two, { ready: db.size });
    await db.target.retire(one.track, one.id, nextGeneration());
    await db.change({ spec: { template: before } });
    await vi.waitFor(
      async () => expect((await db.look())[two.id]).toMatchObject({ generation: 0 }),
      PATIENCE,
    );
    await obeyed(db, two, db.size);
    await db.gone(one);
    await allRun(db, '2');
  });

  it('does not stay broken when a pod that the other template made cannot become ready', async () => {
    const db = await world('StatefulSet');
    const one = await started(db);
    const crash = { 'play.sluice.dev/crash': 'loop', 'play.sluice.dev/ready': 'never' };
    await db.change({ spec: { template: { metadata: { annotations: crash } } } });
    await db.change({ spec: imageOf('hand') });
    await vi.waitFor(async () => expect(imagesOf(await db.pods())).toContain('hand'), PATIENCE);
    await obeyed(db, one, db.size);
    await allRun(db, '1');
  });

  it.each(['StatefulSet', 'DaemonSet'] as const)(
    'moves on in the middle when the update strategy of a %s was another one for a while',
    async (kind) => {
      const db = await world(kind);
      const one = await started(db);
      const two = db.revision(2);
      await db.apply(one, db.size - 1);
      await db.apply(two, 1);
      await db.until(two, { ready: 1 });
      const type = kind === 'DaemonSet' ? 'RollingUpdate' : 'OnDelete';
      await db.change({ spec: { updateStrategy: { type, rollingUpdate: null } } });
      await vi.waitFor(
        async () => expect((await db.look())[two.id]).toMatchObject({ generation: 0 }),
        PATIENCE,
      );
      await db.apply(two, 1);
      await db.apply(two, db.size);
      await db.until(two, { ready: db.size });
    },
  );

  it('is left alone when all that is new is the mark of a restart', async () => {
    const db = await world('StatefulSet');
    const one = await started(db);
    await db.change({
      spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } },
    });
    await vi.waitFor(async () => {
      const found = await db.object();
      expect(found?.status?.['observedGeneration']).toBe(found?.metadata.generation);
      expect(found?.status?.['updatedReplicas']).toBe(3);
    }, PATIENCE);
    await db.until(one, { ready: 3 });
    expect((await db.look())[one.id]?.generation).toBeGreaterThan(0);
  });

  it('counts what a webhook makes of the images as what was ordered', async () => {
    const { client } = cluster;
    const mirrored = (patch: JsonObject): JsonObject =>
      JSON.parse(JSON.stringify(patch).replaceAll('"registry.example/', '"mirror.example/')) as JsonObject;
    const db = await world('StatefulSet', {
      client: {
        ...client,
        mirror: client.mirror.bind(client),
        patch: (reference, patch, options) =>
          client.patch(
            reference,
            patch.spec ? { ...patch, spec: mirrored(asObject(patch.spec)) } : patch,
            options,
          ),
      },
    });
    await started(db);
    const two = db.revision(2);
    await db.apply(two, 3);
    const found = await db.until(two, { ready: 3 });
    expect(JSON.stringify((await db.object())?.spec?.['template'])).toContain('mirror.example');
    expect(found.generation).toBeGreaterThan(0);
  });
});

describe('a workload that somebody else removes in the middle', () => {
  it.each(['StatefulSet', 'DaemonSet'] as const)('comes back as a %s with both revisions', async (kind) => {
    const db = await world(kind);
    const one = await started(db);
    const two = db.revision(2);
    const [first, second] = [nextGeneration(), nextGeneration()];
    await db.apply(one, db.size - 1, first);
    await db.apply(two, 1, second);
    await db.until(two, { ready: 1 });
    const { apiVersion = '', metadata } = (await db.object()) ?? {};
    await cluster.client.remove(
      { apiVersion, kind, namespace: bench.namespace, name: bench.name },
      { propagation: 'Background', ...(metadata?.uid === undefined ? {} : { uid: metadata.uid }) },
    );
    await vi.waitFor(async () => expect(await db.object()).toBeUndefined(), PATIENCE);
    await db.apply(one, db.size - 1, nextGeneration(), first);
    await vi.waitFor(() => db.apply(two, 1, nextGeneration(), second), PATIENCE);
    await db.until(two, { ready: 1 });
    await db.until(one, { ready: db.size - 1 });
  });
});

describe('a number of pods that somebody else wants', () => {
  it.each(['StatefulSet', 'Deployment'] as const)('is left to a %s when it is more', async (kind) => {
    const db = await world(kind);
    const one = await started(db);
    await db.change({ spec: { replicas: 5 } });
    await db.until(one, { ready: 5 });
    const two = db.revision(2);
    await db.apply(two, 3);
    await db.until(two, { ready: 5 });
    await db.apply(one, 3);
    await db.until(one, { ready: 5 });
    expect((await db.object())?.spec?.['replicas']).toBe(5);
  });

  it('moves as many pods as were ordered, when it grows in the middle as well', async () => {
    const db = await world('StatefulSet');
    const one = await started(db);
    await db.change({ spec: { replicas: 5 } });
    await db.until(one, { ready: 5 });
    const two = db.revision(2);
    await db.apply(two, 1);
    await db.until(two, { ready: 1 });
    expect(imagesOf(await db.pods())).toEqual(['1', '1', '1', '1', '2']);
    await db.change({ spec: { replicas: 6 } });
    await vi.waitFor(
      async () => expect((await db.look())[two.id]).toMatchObject({ generation: 0 }),
      PATIENCE,
    );
    await db.apply(two, 1);
    const { updateStrategy } = (await db.object())?.spec ?? {};
    expect(updateStrategy).toMatchObject({ rollingUpdate: { partition: 5 } });
  });

  it('is Sluice’s to take back when Sluice has set it', async () => {
    const db = await world('StatefulSet', { declaring: 5 });
    const five = db.revision(1);
    await db.apply(five, 5);
    await db.until(five, { ready: 5 });
    const { revision } = await world('StatefulSet', { declaring: 2 });
    const two = revision(2);
    await db.apply(two, 2);
    await vi.waitFor(async () => expect((await db.object())?.spec?.['replicas']).toBe(2), PATIENCE);
  });

  it('is told when it is less, and is raised by the next release', async () => {
    const db = await world('StatefulSet');
    const one = await started(db);
    await db.change({ spec: { replicas: 1 } });
    const { reason } = await db.until(one, { ready: 1 });
    expect(reason).toBe(`somebody else has set StatefulSet ${bench.name} to 1 pods`);
    const two = db.revision(2);
    await db.apply(two, 3);
    await db.until(two, { ready: 3, reason: null });
  });
});

describe('what a workload waits for', () => {
  it('is told of a Deployment that is paused', async () => {
    const db = await world('Deployment');
    const one = await started(db);
    await db.change({ spec: { paused: true } });
    const two = db.revision(2);
    await db.apply(two, 3);
    await db.until(two, {
      ready: 0,
      reason: `Deployment ${bench.name} is paused; \`kubectl rollout resume deployment/${bench.name}\` lets it go on`,
    });
    await db.apply(one, 3);
    await db.until(one, { ready: 3, reason: null });
  });

  it('is told of an old pod that takes its time to stop', async () => {
    const db = await world('StatefulSet');
    const one = db.revision(1, { 'stop-after': '20s' });
    await db.apply(one, 3);
    await db.until(one, { ready: 3 });
    const two = db.revision(2);
    await db.apply(two, 3);
    await db.until(two, { reason: `the old pod ${bench.name}-2 is being stopped` });
  });
});

describe('pods that cannot become ready', () => {
  it('of a stable revision hold up no release that replaces them', async () => {
    const db = await world('StatefulSet');
    const one = db.revision(1, { crash: 'loop', ready: 'never' });
    const two = db.revision(2);
    await db.apply(one, 3);
    await db.until(one, { crashLooping: true });
    await db.apply(two, 3);
    await db.until(two, { ready: 3 });
    await allRun(db, '2');
  });

  it('from before the adoption hold up no first release', async () => {
    const db = await world('StatefulSet');
    const broken = declaredWorkload(bench, 'StatefulSet', '0', { play: { crash: 'loop', ready: 'never' } });
    await cluster.client.apply(broken, { manager: 'them' });
    await vi.waitFor(async () => expect(await db.pods()).toHaveLength(1), PATIENCE);
    const one = db.revision(1);
    await db.apply(one, 3);
    await db.until(one, { ready: 3 });
    await allRun(db, '1');
  });

  it.each(['StatefulSet', 'DaemonSet'] as const)(
    'of a %s are left alone as long as there is hope for them',
    async (kind) => {
      const db = await world(kind, {
        more: kind === 'StatefulSet' ? { podManagementPolicy: 'Parallel' } : {},
      });
      const one = db.revision(1, { 'ready-after': '2s' });
      await db.apply(one, db.size);
      await vi.waitFor(async () => expect(await db.pods()).toHaveLength(db.size), PATIENCE);
      const first = await db.pods();
      const two = db.revision(2);
      await db.apply(two, 0);
      await db.apply(one, db.size - 1);
      await vi.waitFor(() => db.apply(two, 1), PATIENCE);
      await db.until(one, { ready: db.size - 1 });
      const left = (await db.pods()).map(({ metadata }) => metadata.uid);
      expect(first.filter(({ metadata }) => left.includes(metadata.uid))).toHaveLength(db.size - 1);
    },
  );
});

describe('of two revisions that contend for a workload', () => {
  it.each(KINDS)(
    'the one that was decided on later has the %s, however often the other comes again',
    async (kind) => {
      const db = await world(kind);
      const one = db.revision(1);
      const [first, second] = [nextGeneration(), nextGeneration()];
      await db.apply(one, db.size, first, first);
      await db.until(one, { ready: db.size });
      const two = db.revision(2);
      await db.apply(two, db.size, second, second);
      await db.apply(one, db.size, nextGeneration(), first);
      await db.until(two, { ready: db.size });
      await db.apply(one, db.size);
      await db.until(one, { ready: db.size });
    },
  );

  it('stable has a DaemonSet back that has more nodes than were declared', async () => {
    const db = await world('DaemonSet', { declaring: 2 });
    const one = db.revision(1);
    await db.apply(one, 2);
    await db.until(one, { ready: db.size });
    const two = db.revision(2);
    await db.apply(one, 1);
    await db.apply(two, 1);
    await db.until(two, { ready: 1 });
    await db.apply(one, 2);
    await db.until(one, { ready: db.size });
    await allRun(db, '1');
  });
});

describe('a workload that Sluice lets go of', () => {
  it('has the update strategy that it had before', async () => {
    const db = await world('DaemonSet');
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2, maxSurge: 0 } };
    const theirs = declaredWorkload(bench, 'DaemonSet', '0', { more: { updateStrategy: strategy } });
    await cluster.client.apply(theirs, { manager: 'them' });
    const [one, two] = [db.revision(1), db.revision(2)];
    await db.apply(one, db.size);
    await db.until(one, { ready: db.size });
    await db.apply(two, db.size);
    await db.until(two, { ready: db.size });
    expect((await db.object())?.spec?.['updateStrategy']).toEqual({ type: 'OnDelete' });
    await db.target.retire(one.track, one.id, nextGeneration());
    await db.target.retire(two.track, two.id, nextGeneration());
    expect((await db.object())?.spec?.['updateStrategy']).toEqual(strategy);
  });
});
