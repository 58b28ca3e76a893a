import { trackId } from '@sluice/core/kernel/ids.ts';
import { asObject } from '@sluice/kubernetes/objects/as-object.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PlayedCluster, playedCluster } from '../../testing/played-cluster.ts';
import {
  imagesOf,
  type InPlaceBench,
  inPlaceBench,
  inPlaceWorld,
  type Kind,
  type WorldOptions,
  declaredWorkload,
  nextGeneration,
  PATIENCE,
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

describe.each(['StatefulSet', 'DaemonSet'] as const)('a %s', (kind) => {
  it('moves to a new revision as far as is ordered, and the other keeps the rest', async () => {
    const { target, size, ...db } = await world(kind);
    const [one, two] = [db.revision(1), db.revision(2)];
    await db.apply(one, size);
    await db.until(one, { ordered: size, ready: size, reason: null });
    await db.apply(one, size - 1);
    expect((await db.look())[one.id]).toMatchObject({ ordered: size - 1, ready: size });
    await db.apply(two, 1);
    expect((await db.look())[two.id]).toMatchObject({ ordered: 1 });
    const { endpoints } = await db.until(two, { ready: 1, reason: null });
    expect(endpoints.map(({ port }) => port)).toEqual([8080]);
    expect((await db.look())[one.id]).toMatchObject({ ready: size - 1 });
    await db.apply(one, 0);
    await db.apply(two, size);
    await db.until(two, { ready: size, reason: null });
    await target.retire(one.track, one.id, nextGeneration());
    await db.gone(one);
    expect(await target.inventory()).toContain(one.track);
  });

  it('of somebody else is adopted as it is, and never made anew', async () => {
    const db = await world(kind);
    const [one] = [db.revision(1)];
    await cluster.client.apply(declaredWorkload(bench, kind, '0'), { manager: 'them' });
    await vi.waitFor(async () => expect(await db.pods()).toHaveLength(db.size), PATIENCE);
    const before = await db.object();
    await db.apply(one, db.size);
    await db.until(one, { ready: db.size });
    await vi.waitFor(
      async () => expect(imagesOf(await db.pods())).toEqual(Array(db.size).fill('1')),
      PATIENCE,
    );
    const after = await db.object();
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.metadata.labels).toMatchObject({ owner: 'them' });
    expect(after?.metadata.labels).not.toHaveProperty('app.kubernetes.io/managed-by');
  });

  it('gets back the template from before its adoption when the first release is retired', async () => {
    const db = await world(kind);
    const broken = db.revision(1, { crash: 'loop' });
    await cluster.client.apply(declaredWorkload(bench, kind, '0'), { manager: 'them' });
    await vi.waitFor(async () => expect(await db.pods()).toHaveLength(db.size), PATIENCE);
    await db.apply(broken, db.size);
    await db.until(broken, { crashLooping: true });
    await db.target.retire(broken.track, broken.id, nextGeneration());
    await db.gone(broken);
    await vi.waitFor(
      async () => expect(imagesOf(await db.pods())).toEqual(Array(db.size).fill('0')),
      PATIENCE,
    );
    const template = asObject((await db.object())?.spec?.['template']);
    expect(JSON.stringify(template)).not.toMatch(/sluice\.dev/);
    expect(asObject(template['metadata'])['labels']).toEqual({ app: bench.name });
  });

  it('goes back from a revision whose pods end again and again, which hold nothing up', async () => {
    const { target, size, ...db } = await world(kind);
    const [one, two] = [db.revision(1), db.revision(2, { crash: 'loop', 'exit-code': '3' })];
    await db.apply(one, size);
    await db.until(one, { ready: size });
    await db.apply(one, size - 1);
    // The engine gives an order again that came before the status of the workload; so does this.
    await vi.waitFor(() => db.apply(two, 1), PATIENCE);
    const seen = await db.until(two, { crashLooping: true });
    expect(seen.reason).toMatch(/exit code 3/);
    await db.apply(one, size);
    await target.retire(two.track, two.id, nextGeneration());
    await db.until(one, { ordered: size, ready: size });
    await db.gone(two);
    expect(imagesOf(await db.pods())).toEqual(Array(size).fill('1'));
  });
});

describe('a StatefulSet', () => {
  it.each(['OrderedReady', 'Parallel'])(
    'with %s pods changes those with the highest numbers',
    async (policy) => {
      const db = await world('StatefulSet', { more: { podManagementPolicy: policy } });
      const [one, two] = [db.revision(1), db.revision(2)];
      await db.apply(one, 3);
      await db.until(one, { ready: 3 });
      await db.apply(two, 2);
      await db.until(two, { ready: 2 });
      expect(imagesOf(await db.pods())).toEqual(['1', '2', '2']);
      await db.apply(one, 3);
      await db.until(one, { ready: 3 });
      expect(imagesOf(await db.pods())).toEqual(['1', '1', '1']);
    },
  );
});

describe('a Deployment', () => {
  it('replaces all pods by its own rolling update as soon as any are ordered, and goes back the same way', async () => {
    const db = await world('Deployment');
    const [one, two] = [db.revision(1), db.revision(2, { crash: 'loop' })];
    await db.apply(one, 3);
    await db.until(one, { ready: 3 });
    await db.apply(one, 0);
    expect((await db.look())[one.id]).toMatchObject({ ordered: 0, ready: 3 });
    await db.apply(two, 3);
    await db.until(two, { crashLooping: true });
    await db.apply(one, 3);
    await db.target.retire(two.track, two.id, nextGeneration());
    await db.until(one, { ordered: 3, ready: 3, reason: null });
    await db.gone(two);
  });
});

describe('orders of revisions that share a workload', () => {
  it('are refused when the same revision has had a newer one, or the template a newer revision', async () => {
    const db = await world('StatefulSet');
    const [one, two] = [db.revision(1), db.revision(2)];
    const [older, newer] = [nextGeneration(), nextGeneration()];
    await db.apply(one, 3, older);
    await db.until(one, { ready: 3 });
    await expect(db.apply(one, 2, older)).rejects.toMatchObject({
      code: 'refused-as-stale',
      cause: { heldGeneration: older, isReused: true },
    });
    await db.apply(two, 1, newer);
    await expect(db.apply(two, 2, older)).rejects.toMatchObject({ cause: { heldGeneration: newer } });
    await expect(db.target.retire(two.track, two.id, older)).rejects.toMatchObject({
      cause: { heldGeneration: newer },
    });
    const late = db.revision(3);
    await expect(db.apply(late, 3, older)).rejects.toMatchObject({ cause: { heldGeneration: newer } });
    expect((await db.look())[two.id]).toMatchObject({ ordered: 1, generation: newer });
    expect(await db.look()).not.toHaveProperty(late.id);
  });

  it('from before a retirement do not bring the revision back', async () => {
    const db = await world('StatefulSet');
    const [one, two] = [db.revision(1), db.revision(2)];
    await db.apply(one, 3);
    await db.until(one, { ready: 3 });
    await db.apply(two, 3);
    const [older, retirement] = [nextGeneration(), nextGeneration()];
    await db.target.retire(one.track, one.id, retirement);
    await expect(db.apply(one, 3, older)).rejects.toMatchObject({ cause: { heldGeneration: retirement } });
    await db.until(two, { ready: 3 });
    await db.gone(one);
  });

  it('restart no pod when the template would be rendered in another way today', async () => {
    const db = await world('StatefulSet');
    const one = db.revision(1);
    await db.apply(one, 2);
    const before = await db.object();
    await cluster.client.patch(
      { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: bench.namespace, name: bench.name },
      { spec: { template: { metadata: { annotations: { 'example.com/rendered': 'before' } } } } },
    );
    await db.apply(one, 3);
    const after = await db.object();
    expect(JSON.stringify(after?.spec?.['template'])).toContain('example.com/rendered');
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
  });

  it('are refused for a workload of another track', async () => {
    const db = await world('StatefulSet');
    await db.apply(db.revision(1), 3);
    const other = { ...db.revision(2), track: trackId('other', 'test', 'db') };
    await expect(db.apply(other, 3)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`shop/test/${bench.name}'s already`),
    });
  });
});

describe('the end of the revision that has the template', () => {
  it.each(['StatefulSet', 'DaemonSet', 'Deployment'] as const)(
    'takes a %s back to the one before, though nothing new is ordered of that',
    async (kind) => {
      const db = await world(kind);
      const [one, two] = [db.revision(1), db.revision(2, { crash: 'loop' })];
      await db.apply(one, db.size);
      await db.until(one, { ready: db.size });
      await db.apply(two, db.size);
      await db.until(two, { crashLooping: true });
      await db.target.retire(two.track, two.id, nextGeneration());
      await db.until(one, { ordered: db.size, ready: db.size });
      await db.gone(two);
    },
  );
});

describe('the end of the only revision', () => {
  it('removes a workload that Sluice made, and not while it gets requests', async () => {
    const db = await world('StatefulSet');
    const one = db.revision(1);
    await db.apply(one, 3);
    bench.isRouted = true;
    await expect(db.target.retire(one.track, one.id, nextGeneration())).rejects.toThrow(
      /still gets requests/,
    );
    bench.isRouted = false;
    const older = nextGeneration();
    await db.target.retire(one.track, one.id, nextGeneration());
    await db.gone(one);
    expect(await db.object()).toBeUndefined();
    await expect(db.apply(one, 3, older)).rejects.toMatchObject({ code: 'refused-as-stale' });
  });

  it('leaves an adopted one running as it is, and lets go of it', async () => {
    const db = await world('StatefulSet');
    await cluster.client.apply(declaredWorkload(bench, 'StatefulSet', '0'), { manager: 'them' });
    const [one, two] = [db.revision(1), db.revision(2)];
    await db.apply(one, 3);
    await db.until(one, { ready: 3 });
    await db.apply(two, 3);
    await db.until(two, { ready: 3 });
    await db.target.retire(one.track, one.id, nextGeneration());
    await db.target.retire(two.track, two.id, nextGeneration());
    await db.gone(two);
    expect(imagesOf(await db.pods())).toEqual(['2', '2', '2']);
    await vi.waitFor(async () => expect(await db.target.inventory()).not.toContain(two.track), PATIENCE);
  });
});

describe('two replicas that see the same pod of a DaemonSet due', () => {
  it('move one pod, and never let two be away', async () => {
    const db = await world('DaemonSet');
    const [one, two] = [db.revision(1), db.revision(2, { 'ready-after': '1s' })];
    await db.apply(one, db.size);
    await db.until(one, { ready: db.size });
    await db.apply(two, db.size);
    const fewest = { ready: db.size };
    await vi.waitFor(async () => {
      const seen = await Promise.all([db.look(), db.look(), db.look()]);
      const ready = Object.values(seen[0] ?? {}).reduce((sum, revision) => sum + revision.ready, 0);
      fewest.ready = Math.min(fewest.ready, ready);
      expect(seen[0]?.[two.id]).toMatchObject({ ready: db.size });
    }, PATIENCE);
    expect(fewest.ready).toBe(db.size - 1);
  });
});
