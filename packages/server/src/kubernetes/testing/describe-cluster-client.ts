import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClusterClient } from '../cluster-client.ts';
import { clusterRefusalOf } from '../failures/cluster-refusal.ts';
import { missingPermissions } from '../permissions/missing-permissions.ts';
import { roleFor } from '../permissions/role-for.ts';
import { type ClusterSubject, ContractWorld, someName } from './contract-world.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };

/** What a client of any API server, fake or real, keeps to. */
export function describeClusterClient(name: string, start: () => Promise<ClusterSubject>): void {
  describe(`the client of ${name}`, () => {
    const now = worlds(start);
    describe('applies', () => {
      describeApplying(now);
    });
    describe('changes', () => {
      describeChanging(now);
    });
    describe('reads', () => {
      describeReading(now);
    });
    describe('mirrors by a watch that begins with what is there', () => {
      describeMirrors(now, true);
    });
    describe('mirrors by a watch after a list', () => {
      describeMirrors(now, false);
    });
    describe('is refused and', () => {
      describePermissions(now);
    });
  });
}

/** What a client asks a server of itself that knows reviews, as every real one does. */
export function describeClusterReviews(name: string, start: () => Promise<ClusterSubject>): void {
  describe(`the client of ${name} asks`, () => {
    describeReviews(worlds(start));
  });
}

/** A world for each test, in one cluster for all of them. */
function worlds(start: () => Promise<ClusterSubject>): () => ContractWorld {
  let subject: ClusterSubject;
  let client: ClusterClient;
  let world: ContractWorld;
  beforeAll(async () => {
    subject = await start();
    client = await subject.open();
  });
  afterAll(async () => {
    await client.close();
    await subject.close();
  });
  beforeEach(async () => {
    world = new ContractWorld(subject, client);
    await world.start();
  });
  afterEach(() => world.end());
  return () => world;
}

function describeApplying(now: () => ContractWorld): void {
  it('what is read again, and applied again changes only what differs', async () => {
    const world = now();
    const first = await world.client.apply(world.map('one', { a: '1' }));
    const same = await world.client.apply(world.map('one', { a: '1' }));
    expect(same.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    await world.client.apply(world.map('one', { b: '2' }));
    expect((await world.client.read(world.mapReference('one')))?.['data']).toEqual({ b: '2' });
    expect(await world.client.read(world.mapReference('two'))).toBeUndefined();
  });

  it('no field of another manager, whom it names, until it takes it by force', async () => {
    const world = now();
    await world.client.apply(world.map('one', { a: '1' }), { manager: 'hand' });
    const failure = await world.client.apply(world.map('one', { a: '2' })).catch((thrown: unknown) => thrown);
    const message = expect.stringMatching(/\.data\.a belongs to "hand"/);
    expect(failure).toMatchObject({ code: 'conflict', message });
    const forced = await world.client.apply(world.map('one', { a: '2' }), { force: true });
    expect(forced['data']).toEqual({ a: '2' });
  });

  it('as if, and changes nothing, in a dry run', async () => {
    const { client } = now();
    expect(await client.apply(now().map('one', { a: '1' }), { dryRun: true })).toMatchObject({
      data: { a: '1' },
    });
    expect(await client.read(now().mapReference('one'))).toBeUndefined();
  });

  it('no field that does not exist', async () => {
    await expect(now().client.apply(now().deployment({ bogus: 1 }))).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('.spec.bogus'),
    });
  });

  it('no wrong values, and names each of them', async () => {
    const wrong = now().deployment({
      replicas: -1,
      template: { metadata: { labels: { app: 'web' } }, spec: {} },
    });
    await expect(now().client.apply(wrong)).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringMatching(/spec\.replicas: .*spec\.template\.spec\.containers: /s),
    });
  });

  it('nothing to a namespace that is not there', async () => {
    const { metadata, ...rest } = now().map('one', {});
    const elsewhere = { ...rest, metadata: { ...metadata, namespace: 'sluice-nowhere' } };
    await expect(now().client.apply(elsewhere)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('nothing to a namespace that goes', async () => {
    const { client, namespace } = now();
    const { metadata, ...rest } = now().map('held', {});
    await client.apply({ ...rest, metadata: { ...metadata, finalizers: ['sluice.dev/hold'] } });
    await client.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
    const failure = await client.apply(now().map('late', {})).catch((thrown: unknown) => thrown);
    await client.patch(now().mapReference('held'), { metadata: { finalizers: null } });
    expect(clusterRefusalOf(failure)?.reason).toBe('namespace-terminating');
  });
}

function describeChanging(now: () => ContractWorld): void {
  it('what a merge patch names, also of the scale', async () => {
    const { client, namespace } = now();
    await client.apply(now().deployment());
    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' };
    await client.patch(reference, { spec: { minReadySeconds: 3 } });
    await client.patch(reference, { spec: { replicas: 0 } }, { subresource: 'scale' });
    expect(await client.read(reference)).toMatchObject({ spec: { minReadySeconds: 3, replicas: 0 } });
    const missing = client.patch({ ...reference, name: 'api' }, { spec: {} });
    await expect(missing).rejects.toMatchObject({ code: 'not-found' });
  });

  it('only the one that is meant, when it removes', async () => {
    const { client } = now();
    const one = now().mapReference('one');
    const { metadata } = await client.apply(now().map('one', {}));
    expect(await client.remove(one, { uid: '00000000-0000-0000-0000-000000000000' })).toBe(false);
    expect(await client.read(one)).toBeDefined();
    expect(await client.remove(one, { uid: metadata.uid ?? '' })).toBe(true);
    expect(await client.remove(one)).toBe(false);
  });
}

function describeReading(now: () => ContractWorld): void {
  it('all that is selected, over as many pages as it takes', async () => {
    const { client, namespace } = now();
    const paging = await now().open({ pageSize: 2 });
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await client.apply(now().map(name, {}, { app: 'web' }));
    await client.apply(now().map('f', {}, { app: 'api' }));
    const selection = { apiVersion: 'v1', kind: 'ConfigMap', namespace, labels: 'app=web' };
    const objects = await paging.list(selection);
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(names);
    expect(objects[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  });

  it('the version of the server', async () => {
    expect(await now().client.version()).toMatch(/^v\d/);
  });

  it('no kind that the server does not have, and says so', async () => {
    const { client, namespace } = now();
    const nothing = { apiVersion: 'nothing.test/v1', kind: 'Nothing', namespace, name: 'one' };
    await expect(client.read(nothing)).rejects.toMatchObject({ code: 'unsupported' });
    expect(await client.serves('nothing.test/v1', 'Nothing')).toBe(false);
    expect(await client.serves('apps/v1', 'Deployment')).toBe(true);
  });

  it('a kind whose definition was brought in after the client was opened', async () => {
    const { client, namespace } = now();
    const group = `${someName('contract')}.sluice.test`;
    const widget = { apiVersion: `${group}/v1`, kind: 'Widget', namespace, name: 'one' };
    expect(await client.serves(widget.apiVersion, 'Widget')).toBe(false);
    const { apiVersion, kind, metadata } = await client.apply(definitionOf(group));
    try {
      await vi.waitFor(
        async () => expect(await client.serves(widget.apiVersion, 'Widget')).toBe(true),
        PATIENCE,
      );
      expect(await client.read(widget)).toBeUndefined();
    } finally {
      await client.remove({ apiVersion, kind, name: metadata.name });
    }
  });
}

function describeMirrors(now: () => ContractWorld, watchLists: boolean): void {
  const web = () => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: now().namespace, labels: 'app=web' });
  let mirroring: ClusterClient;
  beforeEach(async () => {
    mirroring = await now().open({ watchLists, pageSize: 2 });
  });

  it('hold what is there and follow', async () => {
    const { client } = now();
    for (const name of ['a', 'b', 'c']) await client.apply(now().map(name, { at: '1' }, { app: 'web' }));
    const { mirror } = mirroring.mirror(web());
    await mirror.synced;
    expect(mirror.all().map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
    expect(mirror.stale).toBeNull();
    const changes: string[] = [];
    const say = (object?: KubernetesObject) => JSON.stringify(object?.['data']);
    mirror.onChange((is, was) => changes.push(`${say(was)} → ${say(is)}`));
    await client.apply(now().map('d', { at: '1' }, { app: 'web' }));
    await client.apply(now().map('d', { at: '2' }, { app: 'web' }));
    await client.remove(now().mapReference('d'));
    const told = ['undefined → {"at":"1"}', '{"at":"1"} → {"at":"2"}', '{"at":"2"} → undefined'];
    await vi.waitFor(() => expect(changes).toEqual(told), PATIENCE);
  });

  it('lose what no longer has the label', async () => {
    const { client } = now();
    await client.apply(now().map('a', {}, { app: 'web' }));
    const { mirror } = mirroring.mirror(web());
    await mirror.synced;
    expect(mirror.withLabel('app', 'web')).toHaveLength(1);
    await client.apply(now().map('a', {}, { app: 'api' }));
    await vi.waitFor(() => expect(mirror.all()).toEqual([]), PATIENCE);
  });

  it('are synced where nothing is there', async () => {
    const { mirror } = mirroring.mirror(web());
    await mirror.synced;
    expect(mirror.all()).toEqual([]);
  });

  it('follow a kind of the whole cluster', async () => {
    const { namespace } = now();
    const labels = `kubernetes.io/metadata.name=${namespace}`;
    const { mirror } = mirroring.mirror({ apiVersion: 'v1', kind: 'Namespace', labels });
    await mirror.synced;
    expect(mirror.get(undefined, namespace)?.metadata.name).toBe(namespace);
  });
}

function describePermissions(now: () => ContractWorld): void {
  it('names the verb, the resource and the namespace of what it may not do', async () => {
    const { namespace } = now();
    const { client: limited, user } = await now().openLimited();
    await expect(
      limited.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace }),
    ).rejects.toMatchObject({
      code: 'unsupported',
      next: 'ask-human',
      message: expect.stringContaining(
        `user ${user} may not list deployments.apps in namespace ${namespace}`,
      ),
    });
  });

  it('may do what the role grants that the doctor prints', async () => {
    const { client, namespace } = now();
    const { client: limited, user } = await now().openLimited();
    const selection = { apiVersion: 'apps/v1', kind: 'Deployment', namespace };
    const needed = [{ verb: 'list', group: 'apps', resource: 'deployments', namespace }];
    for (const object of roleFor(needed, { name: 'sluice', user })) await client.apply(object);
    // The server learns of a new binding by a watch of its own.
    await vi.waitFor(async () => expect(await limited.list(selection)).toEqual([]), PATIENCE);
  });
}

function describeReviews(now: () => ContractWorld): void {
  it('who it is', async () => {
    expect((await now().client.identity()).user).not.toBe('unknown');
    const { client: limited, user } = await now().openLimited();
    expect((await limited.identity()).user).toBe(user);
  });

  it('what it may not do, before it tries', async () => {
    const { client, namespace } = now();
    const { client: limited } = await now().openLimited();
    const needed = [
      { verb: 'get', group: '', resource: 'pods/log', namespace },
      { verb: 'patch', group: 'apps', resource: 'deployments', namespace },
    ];
    expect(await missingPermissions(limited, needed)).toEqual(needed);
    expect(await missingPermissions(client, needed)).toEqual([]);
  });
}

function definitionOf(group: string): KubernetesObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}
