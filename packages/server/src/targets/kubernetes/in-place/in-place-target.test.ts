import { randomUUID } from 'node:crypto';
import { trackId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { asObject } from '@sluice/kubernetes/objects/as-object.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { InPlaceSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RevisionRecord } from '../../revision-record.ts';
import type { Target, TargetRevision } from '../../target.ts';
import { clusterRevision, testSettings } from '../../testing/cluster-revision.ts';
import { type PlayedCluster, playedCluster } from '../../testing/played-cluster.ts';
import { kubernetesTarget } from '../kubernetes-target.ts';

const PATIENCE = { timeout: 30_000, interval: 50 };
type Kind = InPlaceSettings['workload'];
type Play = Readonly<Record<string, string>>;

let cluster: PlayedCluster;
let namespace: string;
let generation = 0;
let name: string;
let isRouted = false;

beforeAll(async () => {
  cluster = await playedCluster();
});
afterAll(() => cluster.close());
beforeEach(async () => {
  namespace = await cluster.namespace();
  name = `db-${randomUUID().slice(0, 6)}`;
  isRouted = false;
});

/** A workload as its owner declares it; `play` says how its pods behave. */
function declared(kind: Kind, image: string, play: Play = {}, more: JsonObject = {}): KubernetesObject {
  const annotations = Object.fromEntries(
    Object.entries(play).map(([key, value]) => [`play.sluice.dev/${key}`, value]),
  );
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, labels: { owner: 'them' } },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas: 3 }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: { containers: [{ name: 'main', image: `registry.example/db:${image}` }] },
      },
      ...more,
    },
  };
}

interface World {
  readonly target: Target;
  readonly size: number;
  revision(number: number, play?: Play): RevisionRecord;
  apply(revision: RevisionRecord, instances: number, under?: number): Promise<void>;
  look(): Promise<Readonly<Record<string, TargetRevision>>>;
  until(revision: RevisionRecord, wanted: Partial<TargetRevision>): Promise<TargetRevision>;
  gone(revision: RevisionRecord): Promise<void>;
  object(): Promise<KubernetesObject | undefined>;
  pods(): Promise<readonly KubernetesObject[]>;
}

async function world(kind: Kind, more: JsonObject = {}): Promise<World> {
  const track = trackId('shop', 'test', name);
  const nodes = await cluster.client.list({ apiVersion: 'v1', kind: 'Node' });
  const size = kind === 'DaemonSet' ? nodes.length : 3;
  const settingsOf = (object: KubernetesObject) =>
    testSettings(namespace, {
      workload: {
        kind: 'in-place',
        workload: kind,
        name,
        object: object as unknown as JsonObject,
        port: 8080,
      },
    });
  const revision = (number: number, play: Play = {}): RevisionRecord =>
    clusterRevision(track, number, settingsOf(declared(kind, `${number}`, play, more)), { instances: size });
  const targetOf = (record: RevisionRecord): Target => {
    const { component } = record;
    const { workload } = component;
    if (workload.on !== 'cluster') throw new TypeError('it runs in a cluster');
    return kubernetesTarget({
      client: cluster.client,
      settings: workload.settings as unknown as ReturnType<typeof settingsOf>,
      component,
      readSecrets: async () => ({ secrets: {}, missing: {} }),
      isRouted: async () => isRouted,
      now: () => Date.now(),
    });
  };
  const target = targetOf(revision(1));
  const reference = { apiVersion: 'apps/v1', kind, namespace, name };
  const look = () => target.observe(track);
  return {
    target,
    size,
    revision,
    look,
    apply: (record, instances, under = ++generation) =>
      targetOf(record).apply({ revision: record, instances, dedicatedPorts: false, generation: under }),
    until: (record, wanted) =>
      vi.waitFor(async () => {
        const found = (await look())[record.id];
        expect(found).toMatchObject(wanted);
        return found as TargetRevision;
      }, PATIENCE),
    gone: (record) => vi.waitFor(async () => expect(await look()).not.toHaveProperty(record.id), PATIENCE),
    object: () => cluster.client.read(reference),
    pods: () => cluster.client.list({ apiVersion: 'v1', kind: 'Pod', namespace, labels: `app=${name}` }),
  };
}

const imagesOf = (pods: readonly KubernetesObject[]): readonly string[] =>
  pods
    .toSorted((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1))
    .map(({ spec }) => {
      const [container] = (spec?.['containers'] ?? []) as unknown as readonly { image: string }[];
      return (container?.image ?? '').replace('registry.example/db:', '');
    });

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
    await target.retire(one.track, one.id, ++generation);
    await db.gone(one);
    expect(await target.inventory()).toContain(one.track);
  });

  it('of somebody else is adopted as it is, and never made anew', async () => {
    const db = await world(kind);
    const [one] = [db.revision(1)];
    await cluster.client.apply(declared(kind, '0'), { manager: 'them' });
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
    await cluster.client.apply(declared(kind, '0'), { manager: 'them' });
    await vi.waitFor(async () => expect(await db.pods()).toHaveLength(db.size), PATIENCE);
    await db.apply(broken, db.size);
    await db.until(broken, { crashLooping: true });
    await db.target.retire(broken.track, broken.id, ++generation);
    await db.gone(broken);
    await vi.waitFor(
      async () => expect(imagesOf(await db.pods())).toEqual(Array(db.size).fill('0')),
      PATIENCE,
    );
    const template = asObject((await db.object())?.spec?.['template']);
    expect(JSON.stringify(template)).not.toMatch(/sluice\.dev/);
    expect(asObject(template['metadata'])['labels']).toEqual({ app: name });
  });

  it('goes back from a revision whose pods end again and again, which hold nothing up', async () => {
    const { target, size, ...db } = await world(kind);
    const [one, two] = [db.revision(1), db.revision(2, { crash: 'loop', 'exit-code': '3' })];
    await db.apply(one, size);
    await db.until(one, { ready: size });
    await db.apply(one, size - 1);
    await db.apply(two, 1);
    const seen = await db.until(two, { crashLooping: true });
    expect(seen.reason).toMatch(/exit code 3/);
    await db.apply(one, size);
    await target.retire(two.track, two.id, ++generation);
    await db.until(one, { ordered: size, ready: size });
    await db.gone(two);
    expect(imagesOf(await db.pods())).toEqual(Array(size).fill('1'));
  });
});

describe('a StatefulSet', () => {
  it.each(['OrderedReady', 'Parallel'])(
    'with %s pods changes those with the highest numbers',
    async (policy) => {
      const db = await world('StatefulSet', { podManagementPolicy: policy });
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
    await db.target.retire(two.track, two.id, ++generation);
    await db.until(one, { ordered: 3, ready: 3, reason: null });
    await db.gone(two);
  });
});

describe('orders of revisions that share a workload', () => {
  it('are refused when the same revision has had a newer one, or the template a newer revision', async () => {
    const db = await world('StatefulSet');
    const [one, two] = [db.revision(1), db.revision(2)];
    const [older, newer] = [++generation, ++generation];
    await db.apply(one, 3, older);
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
    const [older, retirement] = [++generation, ++generation];
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
      { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace, name },
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
      message: expect.stringContaining(`shop/test/${name}'s already`),
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
      await db.target.retire(two.track, two.id, ++generation);
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
    isRouted = true;
    await expect(db.target.retire(one.track, one.id, ++generation)).rejects.toThrow(/still gets requests/);
    isRouted = false;
    const older = ++generation;
    await db.target.retire(one.track, one.id, ++generation);
    await db.gone(one);
    expect(await db.object()).toBeUndefined();
    await expect(db.apply(one, 3, older)).rejects.toMatchObject({ code: 'refused-as-stale' });
  });

  it('leaves an adopted one running as it is, and lets go of it', async () => {
    const db = await world('StatefulSet');
    await cluster.client.apply(declared('StatefulSet', '0'), { manager: 'them' });
    const [one, two] = [db.revision(1), db.revision(2)];
    await db.apply(one, 3);
    await db.until(one, { ready: 3 });
    await db.apply(two, 3);
    await db.until(two, { ready: 3 });
    await db.target.retire(one.track, one.id, ++generation);
    await db.target.retire(two.track, two.id, ++generation);
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
