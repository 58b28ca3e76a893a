import type { KubernetesObject, OwnerReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { TemplateSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { clusterRevision } from '../../targets/testing/cluster-revision.ts';
import { type PlayedCluster, playedFake } from '../../targets/testing/played-cluster.ts';
import { rehearseRoutes } from './rehearse-routes.ts';
import { istioSettings } from './testing/route-samples.ts';
import { ALL_STABLE, routedTrack } from './testing/routed-track.ts';

const PATIENCE = { timeout: 10_000, interval: 20 };
const ISTIO = 'networking.istio.io/v1';
const TOOLS = [
  { group: 'flagger.app', version: 'v1beta1', kind: 'Canary', plural: 'canaries' },
  { group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout', plural: 'rollouts' },
] as const;

let cluster: PlayedCluster;
let namespace: string;
beforeAll(async () => {
  cluster = await playedFake();
  for (const tool of TOOLS) {
    await cluster.client.apply(definitionOf(tool));
    await vi.waitFor(
      async () => expect(await cluster.client.serves(`${tool.group}/${tool.version}`, tool.kind)).toBe(true),
      PATIENCE,
    );
  }
}, 30_000);
afterAll(() => cluster.close());
beforeEach(async () => {
  namespace = await cluster.namespace();
});

function definitionOf({ group, version, kind, plural }: (typeof TOOLS)[number]): KubernetesObject {
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      ...{ group, scope: 'Namespaced', names: { kind, plural, singular: kind.toLowerCase() } },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

const WORKLOAD: TemplateSettings = {
  kind: 'template',
  template: {
    metadata: { labels: { app: 'podinfo' } },
    spec: { containers: [{ name: 'main', image: 'registry.example/podinfo:1' }] },
  },
  selector: { app: 'podinfo' },
  ...{ port: 8080, minReadySeconds: 0, besides: [] },
  service: {
    name: 'podinfo',
    ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: null }],
  },
};

/** Makes what others belong to. */
async function owner(apiVersion: string, kind: string): Promise<OwnerReference> {
  const metadata = { name: 'podinfo', namespace };
  const { uid = '' } = (await cluster.client.apply({ apiVersion, kind, metadata })).metadata;
  return { apiVersion, kind, name: 'podinfo', uid, controller: true };
}
const serviceOf = (name: string, ...ownerReferences: readonly OwnerReference[]): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, ownerReferences } },
  spec: { selector: { app: 'podinfo' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
});
const routeOf = (...ownerReferences: readonly OwnerReference[]): KubernetesObject => ({
  ...{ apiVersion: ISTIO, kind: 'VirtualService', metadata: { name: 'theirs', namespace, ownerReferences } },
  spec: { hosts: ['podinfo'], http: [{ route: [{ destination: { host: 'podinfo' } }] }] },
});
const read = (name: string, kind = 'Service', apiVersion = 'v1') =>
  cluster.client.read({ apiVersion, kind, namespace, name });
const ROUTERS = [istioSettings({ virtualService: { name: 'theirs', routes: [] } })];
const adopted = () => ({ workload: WORKLOAD, routers: ROUTERS });
const given = async (...objects: readonly KubernetesObject[]): Promise<void> => {
  for (const object of objects) await cluster.client.apply(object, { manager: 'theirs' });
};

describe.each(TOOLS)('what belonged to a $kind', ({ group, version, kind }) => {
  it('and was taken over stays when that is deleted, and the rest goes', async () => {
    const tool = await owner(`${group}/${version}`, kind);
    await given(serviceOf('podinfo', tool), serviceOf('podinfo-primary', tool), routeOf(tool));
    const web = routedTrack(cluster.client, namespace, adopted());
    await web.run();
    await web.apply(ALL_STABLE, 1);
    const { apiVersion, name } = tool;
    await cluster.client.remove({ apiVersion, kind, namespace, name });
    await vi.waitFor(async () => expect(await read('podinfo-primary')).toBeUndefined(), PATIENCE);
    expect((await read('podinfo'))?.metadata).toMatchObject({
      annotations: { 'sluice.dev/track': web.track },
    });
    expect(await read('theirs', 'VirtualService', ISTIO)).toBeDefined();
    expect(await web.router.observe(web.track)).toEqual({ split: ALL_STABLE, generation: 1 });
  });

  it('is freed also when it was taken over before', async () => {
    const web = routedTrack(cluster.client, namespace, adopted());
    await given(serviceOf('podinfo'), routeOf());
    await web.run();
    await web.apply(ALL_STABLE, 1);
    const ownerReferences = [await owner(`${group}/${version}`, kind)];
    await given({ ...serviceOf('podinfo', ...ownerReferences), spec: {} });
    await web.apply(ALL_STABLE, 2);
    expect((await read('podinfo'))?.metadata.ownerReferences ?? []).toEqual([]);
  });
});

describe.each([
  { title: 'Service', service: true, route: false, named: 'the Service .*/podinfo' },
  { title: 'VirtualService', service: false, route: true, named: 'the VirtualService .*/theirs' },
])('a $title that belongs to something else', ({ service, route, named }) => {
  it('is not taken over, and that is known before the release', async () => {
    const other = await owner('v1', 'ConfigMap');
    const of = (is: boolean): readonly OwnerReference[] => (is ? [other] : []);
    await given(serviceOf('podinfo', ...of(service)), routeOf(...of(route)));
    const web = routedTrack(cluster.client, namespace, adopted());
    await web.run();
    const why = new RegExp(`${named} belongs to the ConfigMap podinfo .*; it is not taken over`);
    await expect(web.apply(ALL_STABLE, 1)).rejects.toThrow(why);
    const record = clusterRevision(web.track, 1, web.settings);
    await expect(rehearseRoutes(cluster.client, record)).rejects.toThrow(why);
    const left = service ? await read('podinfo') : await read('theirs', 'VirtualService', ISTIO);
    expect(left?.metadata.ownerReferences).toEqual([other]);
  });
});
