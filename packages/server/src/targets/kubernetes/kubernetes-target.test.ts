import { randomUUID } from 'node:crypto';
import { trackId } from '@sluice/core/kernel/ids.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import type {
  AutoscalingSettings,
  KubernetesSettings,
} from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import type { RevisionRecord } from '../revision-record.ts';
import type { Target, TargetRevision } from '../target.ts';
import { clusterRevision, testContainer, testSettings } from '../testing/cluster-revision.ts';
import { type PlayedCluster, playedCluster } from '../testing/played-cluster.ts';
import { kubernetesTarget } from './kubernetes-target.ts';

const PATIENCE = { timeout: 20_000, interval: 50 };
const AUTOSCALING: AutoscalingSettings = {
  maxInstances: 10,
  cpuPercent: 70,
  memoryPercent: null,
  podMetrics: [],
  scaleUp: { stabilizationMs: 0, policies: [] },
  scaleDown: { stabilizationMs: 0, policies: [] },
};

let cluster: PlayedCluster;
let namespace: string;
let generation = 0;
let track = trackId('shop', 'test', 'web');
let isRouted = false;
let secrets: Record<string, string> = {};

beforeAll(async () => {
  cluster = await playedCluster();
  namespace = await cluster.namespace();
});
afterAll(() => cluster.close());
beforeEach(() => {
  track = trackId('shop', 'test', `web-${randomUUID().slice(0, 6)}`);
  isRouted = false;
});

const settingsOf = (changes: Partial<KubernetesSettings> = {}): KubernetesSettings =>
  testSettings(namespace, changes);

function targetOf(
  settings: KubernetesSettings,
  client: ClusterClient = cluster.client,
  now: () => number = () => Date.now(),
): Target {
  return kubernetesTarget({
    client,
    settings,
    component: clusterRevision(track, 1, settings).component,
    readSecrets: async () => ({ secrets, missing: {} }),
    isRouted: async () => isRouted,
    now,
  });
}

interface Running {
  readonly target: Target;
  readonly revision: RevisionRecord;
  apply(instances: number, under?: number): Promise<void>;
  look(): Promise<TargetRevision | undefined>;
  until(wanted: Partial<TargetRevision>): Promise<TargetRevision>;
}

function revisionOf(
  changes: Partial<KubernetesSettings> = {},
  { number = 1, component = {} }: { number?: number; component?: Partial<ComponentSpec> } = {},
): Running {
  const settings = settingsOf(changes);
  const target = targetOf(settings);
  const revision = clusterRevision(track, number, settings, component);
  const look = async () => (await target.observe(track))[revision.id];
  return {
    target,
    revision,
    look,
    apply: (instances, under = ++generation) =>
      target.apply({ revision, instances, dedicatedPorts: false, generation: under }),
    until: (wanted) =>
      vi.waitFor(async () => {
        const found = await look();
        expect(found).toMatchObject(wanted);
        return found as TargetRevision;
      }, PATIENCE),
  };
}

const deploymentOf = ({ revision }: Running) =>
  cluster.client.read({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace,
    name: revisionName(track, revision.id),
  });

describe('an order', () => {
  it('is seen at once, and its pods with their addresses when they are ready', async () => {
    const web = revisionOf();
    expect(await web.target.observe(track)).toEqual({});
    await web.apply(2);
    expect(await web.look()).toMatchObject({ ordered: 2, crashLooping: false });
    const seen = await web.until({ ready: 2, reason: null });
    expect(seen.endpoints.map(({ port }) => port)).toEqual([8080, 8080]);
    expect(new Set(seen.endpoints.map(({ host }) => host)).size).toBe(2);
    expect(await web.target.inventory()).toContain(track);
  });

  it('has its pods as instances, each with its node and its lines; nobody measures what they use here', async () => {
    const web = revisionOf();
    await web.apply(2);
    await web.until({ ready: 2 });
    const found = await web.target.instances(track);
    expect(found).toHaveLength(2);
    for (const instance of found)
      expect(instance).toMatchObject({
        ...{ revision: web.revision.id, state: 'ready', reason: null, pid: null, restarts: 0 },
        ...{ address: expect.stringMatching(/:8080$/), startedAt: expect.any(Number) },
        ...{ node: expect.any(String), cpuMillis: null, memoryBytes: null },
      });
    const { logs } = web.target;
    // A played node of a real cluster has no kubelet that would be asked.
    if (cluster.fake)
      expect(await logs(track, web.revision.id, 10, found[0]?.name)).not.toContain(found[1]?.name);
    await expect(logs(track, web.revision.id, 10, 'nobody')).rejects.toMatchObject({ code: 'not-found' });
    expect(await web.target.instances(trackId('shop', 'test', 'nobody'))).toEqual([]);
  });

  it('adds and takes pods and leaves the others alone', async () => {
    const web = revisionOf();
    await web.apply(1);
    const [first] = (await web.until({ ready: 1 })).endpoints;
    await web.apply(3);
    expect((await web.until({ ready: 3 })).endpoints).toContainEqual(first);
    await web.apply(0);
    expect(await web.until({ ready: 0, ordered: 0 })).toMatchObject({ endpoints: [], reason: null });
  });

  it('is refused when another replica has given a newer one, and leaves that as it is', async () => {
    const web = revisionOf();
    const other = targetOf(settingsOf(), await cluster.another());
    const [older, newer] = [++generation, ++generation];
    const { revision } = web;
    await other.apply({ revision, instances: 2, dedicatedPorts: false, generation: newer });
    const cause = { heldGeneration: newer, isReused: false };
    await expect(web.apply(5, older)).rejects.toMatchObject({ code: 'refused-as-stale', cause });
    await expect(web.target.retire(track, revision.id, older)).rejects.toMatchObject({ cause });
    await expect(web.apply(3, newer)).rejects.toMatchObject({ cause: { ...cause, isReused: true } });
    expect(await web.until({ ready: 2 })).toMatchObject({ ordered: 2, generation: newer });
  });

  it('of two replicas that make a revision at the same time one wins, and the newer one holds', async () => {
    const web = revisionOf();
    const other = targetOf(settingsOf(), await cluster.another());
    const [older, newer] = [++generation, ++generation];
    const order = { revision: web.revision, dedicatedPorts: false };
    await Promise.allSettled([
      web.target.apply({ ...order, instances: 1, generation: older }),
      other.apply({ ...order, instances: 2, generation: newer }),
    ]);
    expect(await web.until({ ready: 2 })).toMatchObject({ ordered: 2, generation: newer });
  });

  it('from before a removal does not bring back what was removed', async () => {
    const web = revisionOf();
    await web.apply(1);
    const [older, removal] = [++generation, ++generation];
    await web.target.retire(track, web.revision.id, removal);
    await vi.waitFor(async () => expect(await web.look()).toBeUndefined(), PATIENCE);
    await expect(web.apply(1, older)).rejects.toMatchObject({ code: 'refused-as-stale' });
    expect(await deploymentOf(web)).toBeUndefined();
  });

  it('runs nothing else under the name of a revision', async () => {
    const web = revisionOf();
    await web.apply(1);
    const { revision } = web;
    const other = clusterRevision(track, 1, settingsOf(), { env: { MODE: 'other' } });
    await expect(
      web.target.apply({ revision: other, instances: 1, dedicatedPorts: false, generation: ++generation }),
    ).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining(revision.id) });
  });

  it('restarts no pod of a revision whose template somebody would render in another way today', async () => {
    const web = revisionOf();
    await web.apply(1);
    await web.until({ ready: 1 });
    const before = await deploymentOf(web);
    await web.apply(2);
    const after = await deploymentOf(web);
    expect(after?.spec?.['template']).toEqual(before?.spec?.['template']);
  });

  it('is not carried out while a secret has no value, and nothing is half-made', async () => {
    secrets = {};
    const settings = settingsOf();
    const target = kubernetesTarget({
      client: cluster.client,
      settings,
      component: clusterRevision(track, 1, settings).component,
      readSecrets: async () => ({ secrets: {}, missing: { TOKEN: 'the environment has no variable TOKEN' } }),
      isRouted: async () => false,
      now: () => Date.now(),
    });
    const revision = clusterRevision(track, 1, settings, {
      secrets: { TOKEN: { from: 'environment', name: 'TOKEN' } },
    });
    await expect(
      target.apply({ revision, instances: 1, dedicatedPorts: false, generation: ++generation }),
    ).rejects.toThrow(/TOKEN .*has no value/);
    expect(await target.observe(track)).toEqual({});
  });

  it('puts values of secrets into an immutable Secret and nowhere else', async () => {
    secrets = { TOKEN: 'swordfish' };
    const web = revisionOf({}, { component: { secrets: { TOKEN: { from: 'environment', name: 'TOKEN' } } } });
    await web.apply(1);
    const all = await Promise.all(
      [
        { apiVersion: 'apps/v1', kind: 'Deployment' },
        { apiVersion: 'v1', kind: 'ConfigMap' },
        { apiVersion: 'v1', kind: 'Service' },
      ].map((kind) => cluster.client.list({ ...kind, namespace })),
    );
    expect(JSON.stringify(all)).not.toMatch(/swordfish|c3dvcmRmaXNo/);
    const held = await cluster.client.list({ apiVersion: 'v1', kind: 'Secret', namespace });
    expect(held).toContainEqual(expect.objectContaining({ immutable: true }));
    secrets = {};
  });
});

describe('what belongs to a revision and was removed by hand', () => {
  const later = () => Date.now() + 60_000;
  const files = testContainer({ files: { '/etc/app.txt': 'hello' } });
  const parts = (web: Running) => {
    const name = revisionName(track, web.revision.id);
    return [
      { apiVersion: 'v1', kind: 'Service', namespace, name },
      { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace, name },
      { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace, name },
      { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `${name}-files` },
    ];
  };
  const whole = (component: Partial<ComponentSpec> = {}) =>
    revisionOf({ workload: files, maxDisrupted: 1, autoscaling: AUTOSCALING }, { component });
  const lookLater = async (web: Running) =>
    (await targetOf(settingsOf(), cluster.client, later).observe(track))[web.revision.id];

  it('is told, counts as an order that is not carried out, and comes back with it as it was', async () => {
    const web = whole();
    await web.apply(2);
    await web.until({ ready: 2 });
    expect(await lookLater(web)).toMatchObject({ ordered: 2, reason: null });
    for (const part of parts(web).slice(0, 3)) {
      const before = await cluster.client.read(part);
      await cluster.client.remove(part);
      await vi.waitFor(async () => {
        const words = `it has no ${part.kind} ${part.name}`;
        expect(await lookLater(web)).toMatchObject({
          ...{ ready: 2, ordered: 0, generation },
          reason: expect.stringContaining(words),
        });
      }, PATIENCE);
      await web.apply(2, generation);
      const { labels, annotations } = before?.metadata ?? {};
      expect((await cluster.client.read(part))?.metadata).toMatchObject({ labels, annotations });
      await vi.waitFor(
        async () => expect(await lookLater(web)).toMatchObject({ ordered: 2, reason: null }),
        PATIENCE,
      );
    }
  });

  it('is made anew by any order, also where no look tells of it, and what is there is left alone', async () => {
    const web = whole();
    await web.apply(1);
    const [service, , , configMap] = parts(web) as [ObjectReference, unknown, unknown, ObjectReference];
    await cluster.client.patch(service, { metadata: { annotations: { 'theirs.example/note': 'kept' } } });
    const before = await cluster.client.read(service);
    const content = (await cluster.client.read(configMap))?.['data'];
    await cluster.client.remove(configMap);
    await web.apply(2);
    expect((await cluster.client.read(configMap))?.['data']).toEqual(content);
    expect(await cluster.client.read(service)).toEqual(before);
  });

  it('is not missed in the moment in which the revision is made, nor of one that is ordered to have no pods', async () => {
    const web = whole();
    await web.apply(1);
    await cluster.client.remove(parts(web)[0] as ObjectReference);
    await vi.waitFor(async () => expect(await lookLater(web)).toMatchObject({ ordered: 0 }), PATIENCE);
    expect(await web.look()).toMatchObject({ ordered: 1 });
    await web.apply(0);
    expect(await lookLater(web)).toMatchObject({ ordered: 0 });
    expect((await lookLater(web))?.reason ?? '').not.toContain('it has no');
  });

  it('is a Secret with the values of before, or is told when they are others today', async () => {
    secrets = { TOKEN: 'swordfish' };
    const web = revisionOf({}, { component: { secrets: { TOKEN: { from: 'environment', name: 'TOKEN' } } } });
    await web.apply(1);
    const kept = async () =>
      (await cluster.client.list({ apiVersion: 'v1', kind: 'Secret', namespace })).filter(({ metadata }) =>
        metadata.name.startsWith(revisionName(track, web.revision.id)),
      );
    const [before] = await kept();
    const reference = { apiVersion: 'v1', kind: 'Secret', namespace, name: before?.metadata.name ?? '' };
    await cluster.client.remove(reference);
    await web.apply(2);
    expect(await kept()).toMatchObject([{ metadata: { name: reference.name }, data: before?.['data'] }]);
    await cluster.client.remove(reference);
    secrets = { TOKEN: 'another' };
    await expect(web.apply(3)).rejects.toThrow(/the Secret .* is gone, and the values .* are others today/);
    expect(await kept()).toEqual([]);
    secrets = {};
  });
});

describe('a retired revision', () => {
  it('leaves nothing, and is done with one that is not there', async () => {
    const web = revisionOf({
      workload: testContainer({ files: { '/etc/app.txt': 'hello' } }),
      maxDisrupted: 1,
    });
    await web.apply(2);
    await web.until({ ready: 2 });
    await web.target.retire(track, web.revision.id, ++generation);
    await vi.waitFor(async () => expect(await web.look()).toBeUndefined(), PATIENCE);
    await web.target.retire(track, web.revision.id, ++generation);
    const left = await Promise.all(
      ['ConfigMap', 'Service', 'Secret'].map((kind) =>
        cluster.client.list({
          apiVersion: 'v1',
          kind,
          namespace,
          labels: `sluice.dev/revision=${web.revision.id},sluice.dev/track=shop-test-${track.split('/')[2]}`,
        }),
      ),
    );
    expect(left.flat()).toEqual([]);
    const name = track.split('/')[2];
    const removals = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `shop-test-${name}-removals` };
    expect((await cluster.client.read(removals))?.metadata.labels).toMatchObject({
      'app.kubernetes.io/part-of': 'shop',
      'app.kubernetes.io/name': name,
    });
    expect(await web.target.inventory()).not.toContain(track);
  });

  it('is kept as long as a router may send it requests', async () => {
    const web = revisionOf();
    await web.apply(1);
    isRouted = true;
    await expect(web.target.retire(track, web.revision.id, ++generation)).rejects.toThrow(
      /still gets requests/,
    );
    expect(await deploymentOf(web)).toBeDefined();
  });

  it('goes without touching a Deployment of its name that Sluice did not make', async () => {
    const web = revisionOf();
    await cluster.client.apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: revisionName(track, web.revision.id), namespace },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'theirs' } },
        template: {
          metadata: { labels: { app: 'theirs' } },
          spec: { containers: [{ name: 'main', image: 'registry.example/theirs:1' }] },
        },
      },
    });
    await expect(web.target.retire(track, web.revision.id, ++generation)).rejects.toThrow(/left alone/);
    expect(await deploymentOf(web)).toBeDefined();
  });
});

describe('pods in trouble', () => {
  const playing = (annotations: Record<string, string>, component: Partial<ComponentSpec> = {}) =>
    revisionOf(
      {
        annotations: Object.fromEntries(
          Object.entries(annotations).map(([name, value]) => [`play.sluice.dev/${name}`, value]),
        ),
      },
      { component },
    );

  it('that end again and again are a crash loop, with the exit code', async () => {
    const web = playing({ crash: 'loop', 'exit-code': '3' });
    await web.apply(2);
    const seen = await web.until({ crashLooping: true });
    expect(seen).toMatchObject({ disrupted: false });
    expect(seen.reason).toMatch(/container main ended with exit code 3/);
  });

  it('that ended once are no crash loop', async () => {
    const web = playing({ crash: 'once' });
    await web.apply(1);
    expect(await web.until({ ready: 1 })).toMatchObject({ crashLooping: false });
  });

  it('whose image cannot be pulled say so in the words of the kubelet', async () => {
    const web = playing({ pull: 'ErrImagePull' });
    await web.apply(1);
    const seen = await vi.waitFor(async () => {
      const latest = await web.look();
      expect(latest?.reason).toMatch(/container main waits \((ErrImagePull|ImagePullBackOff)/);
      return latest;
    }, PATIENCE);
    expect(seen).toMatchObject({ ready: 0, crashLooping: false });
  });

  it('that are never ready are neither a crash loop nor disrupted', async () => {
    const web = playing({ ready: 'never' });
    await web.apply(1);
    await vi.waitFor(async () => expect((await web.look())?.reason).toMatch(/not ready/), PATIENCE);
    expect(await web.look()).toMatchObject({ ready: 0, crashLooping: false, disrupted: false });
  });

  it('that no node has room for say so in the words of the scheduler', async () => {
    const placement = { ...testContainer().placement, nodeSelector: { disk: 'none-has-this' } };
    const web = revisionOf({ workload: testContainer({ placement }) });
    await web.apply(1);
    await vi.waitFor(async () => expect((await web.look())?.reason).toMatch(/cannot be placed/), PATIENCE);
  });

  it('that a quota does not let be made say so', async () => {
    const own = await cluster.namespace();
    await cluster.client.apply({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none', namespace: own },
      spec: { hard: { pods: '0' } },
    });
    const settings = testSettings(own);
    const target = targetOf(settings);
    const revision = clusterRevision(track, 1, settings);
    await target.apply({ revision, instances: 1, dedicatedPorts: false, generation: ++generation });
    await vi.waitFor(
      async () =>
        expect((await target.observe(track))[revision.id]?.reason).toMatch(/no pod can be made .*quota/),
      PATIENCE,
    );
  });
});

describe('an autoscaler', () => {
  it('has what was ordered as its fewest pods, and is never switched off', async () => {
    const web = revisionOf({ autoscaling: AUTOSCALING }, { component: { instances: 2 } });
    const bounds = async () =>
      (
        await cluster.client.read({
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          namespace,
          name: revisionName(track, web.revision.id),
        })
      )?.spec;
    await web.apply(1);
    await web.until({ ready: 1 });
    expect(await bounds()).toMatchObject({ minReplicas: 1, maxReplicas: 5 });
    await web.apply(2);
    expect(await bounds()).toMatchObject({ minReplicas: 2, maxReplicas: 10 });
    await web.until({ ready: 2, ordered: 2 });
  });
});
