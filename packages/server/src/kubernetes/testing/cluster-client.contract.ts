import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClusterClient } from '../cluster-client.ts';
import { clusterRefusalOf } from '../failures/cluster-refusal.ts';
import type { ClusterOptions } from '../open-cluster.ts';
import { missingPermissions } from '../permissions/missing-permissions.ts';
import { roleFor } from '../permissions/role-for.ts';

/** A cluster of the contract: a fake one or a real one. */
export interface ClusterSubject {
  /** A client that may do everything. */
  open(options?: Partial<ClusterOptions>): Promise<ClusterClient>;
  /** A client of a user who may do nothing yet, and his name. */
  openAs(user: string): Promise<ClusterClient>;
  close(): Promise<void>;
}

const PATIENCE = { timeout: 20_000, interval: 20 };

/** A name that no other run uses. */
const someName = (prefix: string): string => `${prefix}-${Math.random().toString(36).slice(2, 10)}`;

/** What a client of any API server, fake or real, keeps to. */
export function describeClusterClientContract(name: string, start: () => Promise<ClusterSubject>): void {
  describe(`the client of ${name}`, () => {
    let subject: ClusterSubject;
    let client: ClusterClient;
    let namespace: string;
    const opened: ClusterClient[] = [];

    beforeAll(async () => {
      subject = await start();
      client = await subject.open();
    });
    afterAll(async () => {
      await client.close();
      await subject.close();
    });
    beforeEach(async () => {
      namespace = someName('sluice-contract');
      await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((other) => other.close()));
      await client.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
    });

    const another = async (opening: Promise<ClusterClient>): Promise<ClusterClient> => {
      const other = await opening;
      opened.push(other);
      return other;
    };
    const map = (
      mapName: string,
      data: Record<string, string>,
      labels?: Record<string, string>,
    ): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: mapName, namespace, ...(labels === undefined ? {} : { labels }) },
      data,
    });
    const mapReference = (mapName: string): ObjectReference => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace,
      name: mapName,
    });
    const deployment = (): KubernetesObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'web', image: 'example.test/web:1' }] },
        },
      },
    });

    it('knows who it is and what it speaks to', async () => {
      expect(await client.version()).toMatch(/^v\d/);
      expect((await client.identity()).user).not.toBe('unknown');
    });

    describe('writes', () => {
      it('what was applied is read, and applied again changes only what differs', async () => {
        const first = await client.apply(map('one', { a: '1' }));
        const same = await client.apply(map('one', { a: '1' }));
        expect(same.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
        await client.apply(map('one', { b: '2' }));
        expect((await client.read(mapReference('one')))?.['data']).toEqual({ b: '2' });
        expect(await client.read(mapReference('two'))).toBeUndefined();
      });

      it('a field of another manager is a conflict that names him, until it is taken by force', async () => {
        await client.apply(map('one', { a: '1' }), { manager: 'hand' });
        const failure = await client.apply(map('one', { a: '2' })).catch((thrown: unknown) => thrown);
        expect(failure).toMatchObject({
          code: 'conflict',
          message: expect.stringMatching(/\.data\.a belongs to "hand"/),
        });
        const forced = await client.apply(map('one', { a: '2' }), { force: true });
        expect(forced['data']).toEqual({ a: '2' });
      });

      it('a dry run answers as if, and changes nothing', async () => {
        expect(await client.apply(map('one', { a: '1' }), { dryRun: true })).toMatchObject({
          data: { a: '1' },
        });
        expect(await client.read(mapReference('one'))).toBeUndefined();
      });

      it('a field that does not exist is refused', async () => {
        const { spec, ...rest } = deployment();
        await expect(client.apply({ ...rest, spec: { ...spec, bogus: 1 } })).rejects.toMatchObject({
          code: 'invalid-input',
          message: expect.stringContaining('.spec.bogus'),
        });
      });

      it('values that are wrong are refused with each of them', async () => {
        const { spec, ...rest } = deployment();
        await expect(
          client.apply({ ...rest, spec: { ...spec, replicas: -1, minReadySeconds: -2 } }),
        ).rejects.toMatchObject({
          code: 'invalid-input',
          message: expect.stringMatching(/spec\.replicas: .*spec\.minReadySeconds: /s),
        });
      });

      it('a namespace that is not there is told', async () => {
        const { metadata, ...rest } = map('one', {});
        const failure = client.apply({ ...rest, metadata: { ...metadata, namespace: 'sluice-nowhere' } });
        await expect(failure).rejects.toMatchObject({ code: 'not-found' });
      });

      it('a kind that is not there is told', async () => {
        const failure = client.read({
          apiVersion: 'nothing.test/v1',
          kind: 'Nothing',
          namespace,
          name: 'one',
        });
        await expect(failure).rejects.toMatchObject({ code: 'unsupported' });
        expect(await client.serves('nothing.test/v1', 'Nothing')).toBe(false);
        expect(await client.serves('apps/v1', 'Deployment')).toBe(true);
      });

      it('a merge patch changes what it names, also of the scale', async () => {
        await client.apply(deployment());
        const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' };
        await client.patch(reference, { spec: { minReadySeconds: 3 } });
        await client.patch(reference, { spec: { replicas: 0 } }, { subresource: 'scale' });
        expect(await client.read(reference)).toMatchObject({ spec: { minReadySeconds: 3, replicas: 0 } });
        const missing = client.patch({ ...reference, name: 'api' }, { spec: {} });
        await expect(missing).rejects.toMatchObject({ code: 'not-found' });
      });

      it('only the one that is meant is removed', async () => {
        const { metadata } = await client.apply(map('one', {}));
        expect(
          await client.remove(mapReference('one'), { uid: '00000000-0000-0000-0000-000000000000' }),
        ).toBe(false);
        expect(await client.read(mapReference('one'))).toBeDefined();
        expect(
          await client.remove(mapReference('one'), metadata.uid === undefined ? {} : { uid: metadata.uid }),
        ).toBe(true);
        expect(await client.remove(mapReference('one'))).toBe(false);
      });

      it('what a namespace cannot take while it goes is told as such', async () => {
        const { metadata, ...rest } = map('held', {});
        await client.apply({ ...rest, metadata: { ...metadata, finalizers: ['sluice.dev/hold'] } });
        await client.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
        const failure = await client.apply(map('late', {})).catch((thrown: unknown) => thrown);
        expect(clusterRefusalOf(failure)?.reason).toBe('namespace-terminating');
        await client.patch(mapReference('held'), { metadata: { finalizers: null } });
      });
    });

    it('all that is selected is listed, over as many pages as it takes', async () => {
      const paging = await another(subject.open({ pageSize: 2 }));
      const names = ['a', 'b', 'c', 'd', 'e'];
      for (const mapName of names) await client.apply(map(mapName, {}, { app: 'web' }));
      await client.apply(map('f', {}, { app: 'api' }));
      const objects = await paging.list({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace,
        labels: 'app=web',
      });
      expect(objects.map(({ metadata }) => metadata.name)).toEqual(names);
      expect(objects[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    });

    describe.each([
      ['that begins with what is there', true],
      ['after a list', false],
    ])('a mirror by a watch %s', (_, watchLists) => {
      let mirroring: ClusterClient;
      beforeEach(async () => {
        mirroring = await another(subject.open({ watchLists, pageSize: 2 }));
      });

      it('holds what is there and follows', async () => {
        for (const mapName of ['a', 'b', 'c']) await client.apply(map(mapName, { at: '1' }, { app: 'web' }));
        const { mirror } = mirroring.mirror({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          namespace,
          labels: 'app=web',
        });
        await mirror.synced;
        expect(mirror.all().map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
        expect(mirror.stale).toBeNull();
        const changes: string[] = [];
        mirror.onChange((now, before) =>
          changes.push(`${JSON.stringify(before?.['data'])} → ${JSON.stringify(now?.['data'])}`),
        );
        await client.apply(map('d', { at: '1' }, { app: 'web' }));
        await client.apply(map('d', { at: '2' }, { app: 'web' }));
        await client.remove(mapReference('d'));
        const told = ['undefined → {"at":"1"}', '{"at":"1"} → {"at":"2"}', '{"at":"2"} → undefined'];
        await vi.waitFor(() => expect(changes).toEqual(told), PATIENCE);
      });

      it('loses what no longer has the label', async () => {
        await client.apply(map('a', {}, { app: 'web' }));
        const { mirror } = mirroring.mirror({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          namespace,
          labels: 'app=web',
        });
        await mirror.synced;
        expect(mirror.withLabel('app', 'web')).toHaveLength(1);
        await client.apply(map('a', {}, { app: 'api' }));
        await vi.waitFor(() => expect(mirror.all()).toEqual([]), PATIENCE);
      });

      it('is synced where nothing is there', async () => {
        const { mirror } = mirroring.mirror({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          namespace,
          labels: 'app=none',
        });
        await mirror.synced;
        expect(mirror.all()).toEqual([]);
      });

      it('follows a kind of the whole cluster', async () => {
        const labels = `kubernetes.io/metadata.name=${namespace}`;
        const { mirror } = mirroring.mirror({ apiVersion: 'v1', kind: 'Namespace', labels });
        await mirror.synced;
        expect(mirror.get(undefined, namespace)?.metadata.name).toBe(namespace);
      });
    });

    describe('permissions', () => {
      it('that are missing are named, by the refusal and by the doctor, and the role that is printed grants them', async () => {
        const user = someName('sluice-dev');
        const limited = await another(subject.openAs(user));
        const selection = { apiVersion: 'apps/v1', kind: 'Deployment', namespace };
        expect((await limited.identity()).user).toBe(user);
        await expect(limited.list(selection)).rejects.toMatchObject({
          code: 'unsupported',
          next: 'ask-human',
          message: expect.stringContaining(
            `user ${user} may not list deployments.apps in namespace ${namespace}`,
          ),
        });
        const needed = ['get', 'list'].map((verb) => ({
          verb,
          group: 'apps',
          resource: 'deployments',
          namespace,
        }));
        expect(await missingPermissions(limited, needed)).toEqual(needed);
        for (const object of roleFor(needed, { name: 'sluice', user })) await client.apply(object);
        // The server learns of a new binding by a watch of its own.
        await vi.waitFor(async () => expect(await missingPermissions(limited, needed)).toEqual([]), PATIENCE);
        expect(await limited.list(selection)).toEqual([]);
      });
    });

    it('a definition that is brought in is served without opening the client again', async () => {
      const group = `${someName('contract')}.sluice.test`;
      const widget = { apiVersion: `${group}/v1`, kind: 'Widget', namespace, name: 'one' };
      expect(await client.serves(widget.apiVersion, 'Widget')).toBe(false);
      const definition = await client.apply(definitionOf(group));
      try {
        await vi.waitFor(
          async () => expect(await client.serves(widget.apiVersion, 'Widget')).toBe(true),
          PATIENCE,
        );
        expect(await client.read(widget)).toBeUndefined();
      } finally {
        const { name: definitionName } = definition.metadata;
        await client.remove({
          apiVersion: definition.apiVersion,
          kind: definition.kind,
          name: definitionName,
        });
      }
    });
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
