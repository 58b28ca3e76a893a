import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trackId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { CheckSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { type FakeCluster, fakeCluster } from '@sluice/fake-kubernetes/cluster/fake-cluster.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { InPlaceSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterClient } from '../kubernetes/cluster-client.ts';
import type { ClusterCredentials } from '../kubernetes/credentials/cluster-credentials.ts';
import { openCluster } from '../kubernetes/open-cluster.ts';
import { OPTIONAL_APIS, PERMISSIONS, permissionsIn } from '../kubernetes/permissions/permission-table.ts';
import { roleFor } from '../kubernetes/permissions/role-for.ts';
import { rehearseRoutes } from '../routing/cluster/rehearse-routes.ts';
import { gatewaySettings, istioSettings } from '../routing/cluster/testing/route-samples.ts';
import { rehearsePool } from '../targets/kubernetes/rehearse-pool.ts';
import { rehearsePod, rehearseRevision } from '../targets/kubernetes/rehearse-revision.ts';
import { clusterRevision, testContainer, testSettings } from '../targets/testing/cluster-revision.ts';
import { credentialsOf } from './known-clusters.ts';
import { type OpenClusters, openClusters } from './open-clusters.ts';
import { releaseRehearsal } from './rehearse-releases.ts';
import type { Candidacy } from './release-rehearsal.ts';

const log = pino({ level: 'silent' });
const WEB = trackId('shop', 'production', 'web');
const SPARE = testSettings('shop', {
  monitor: { path: '/metrics', port: 0, intervalMs: 15_000, labels: {} },
});

const IN_PLACE: InPlaceSettings = {
  ...{ kind: 'in-place', workload: 'StatefulSet', name: 'db', port: 8080 },
  object: {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: 'shop' } },
    spec: {
      ...{ serviceName: 'db', selector: { matchLabels: { app: 'db' } } },
      template: {
        metadata: { labels: { app: 'db' } },
        spec: { containers: [{ name: 'main', image: 'registry.example/db:2' }] },
      },
    },
  },
};

let cluster: FakeCluster;
let clusters: OpenClusters;
let admin: ClusterClient;
let url: string;
let now = 0;

beforeEach(async () => {
  cluster = fakeCluster({ definitions: ['gateway-api', 'istio'] });
  ({ url } = await cluster.listen());
  const credentials = { kind: 'token', server: url, token: cluster.tokens['admin'] ?? '' } as const;
  clusters = opened(credentials);
  admin = await openCluster({ name: 'test', credentials, log });
  await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  // Every namespace of a real cluster has it; no controller makes it here.
  await admin.apply({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'shop' },
  });
});
afterEach(async () => {
  await clusters.close();
  await admin.close();
  await cluster.close();
});

const opened = (credentials: ClusterCredentials): OpenClusters =>
  openClusters({
    credentialsOf: (name) => credentialsOf(name, async (one) => (one === 'test' ? credentials : null), {}),
    open: (name, known) => openCluster({ name, credentials: known, log }),
    now: () => now,
  });

const becomes = async (credentials: ClusterCredentials): Promise<void> => {
  await clusters.close();
  clusters = opened(credentials);
};
const limited = (): Promise<void> =>
  becomes({ kind: 'token', server: url, token: cluster.tokens['limited'] ?? '' });

const rehearse = (candidacies: readonly Candidacy[], withinMs = 10_000) =>
  releaseRehearsal({
    open: (name) => clusters.named(name),
    attempts: [
      (client, record) =>
        rehearseRevision(
          { client, readSecrets: async () => ({ secrets: {}, missing: { TOKEN: 'no file /run/token' } }) },
          record,
        ),
      rehearseRoutes,
      rehearsePool,
    ],
    tryPod: rehearsePod,
    now: () => now,
    withinMs,
  })(candidacies);

interface Changes {
  readonly settings?: KubernetesSettings;
  readonly component?: Partial<ComponentSpec>;
  readonly candidacy?: Partial<Candidacy>;
}
const candidacy = ({ settings = testSettings('shop'), component = {}, candidacy: more }: Changes = {}) => ({
  record: clusterRevision(WEB, 1, settings, component),
  ...{ checks: [], hasTasks: false, isFirst: true },
  ...more,
});

/** Everything that Sluice could have made, and must not have. */
async function left(): Promise<readonly string[]> {
  const kinds = [
    ['apps/v1', 'Deployment'],
    ['v1', 'Service'],
    ['v1', 'Pod'],
    ['v1', 'Secret'],
    ['gateway.networking.k8s.io/v1', 'HTTPRoute'],
    ['networking.istio.io/v1', 'VirtualService'],
  ] as const;
  const found = await Promise.all(
    kinds.map(([apiVersion, kind]) => admin.list({ apiVersion, kind, namespace: 'shop' })),
  );
  return found.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

async function grant(settings: KubernetesSettings, without: (verb: string, resource: string) => boolean) {
  const served = OPTIONAL_APIS.filter(
    ({ kind }) => kind !== 'ServiceMonitor' && !kind.startsWith('Vertical'),
  );
  const needed = permissionsIn(settings.namespace, [...PERMISSIONS, ...served]);
  const granted = needed.filter(({ verb, resource }) => !without(verb, resource));
  for (const role of roleFor(granted, { name: 'sluice', user: 'dev' })) await admin.apply(role);
}

describe('a release that a cluster would take', () => {
  it.each([
    ['by a plain Service', testSettings('shop')],
    ['by a Gateway', testSettings('shop', { routers: [gatewaySettings()] })],
    ['by a mesh', testSettings('shop', { routers: [istioSettings()] })],
    [
      'with a service account of its own',
      testSettings('shop', { serviceAccount: { name: 'web', create: true, annotations: {}, token: false } }),
    ],
    ['in place', testSettings('shop', { workload: IN_PLACE })],
  ])('meets no objection and leaves nothing behind: %s', async (_, settings) => {
    expect(await rehearse([candidacy({ settings })])).toEqual({ objections: [], warnings: [] });
    expect(await left()).toEqual([]);
  });

  it('needs no more than what its own settings need, and no permission to make pods', async () => {
    await limited();
    const resources = ['deployments', 'pods', 'services', 'endpointslices', 'configmaps', 'secrets'];
    const seen = [...resources, 'horizontalpodautoscalers', 'poddisruptionbudgets'];
    await grant(
      testSettings('shop'),
      (verb, resource) => !seen.includes(resource) || (resource === 'pods' && verb === 'create'),
    );
    expect(await rehearse([candidacy()])).toEqual({ objections: [], warnings: [] });
  });

  it('asks for what is permitted once for all components of a namespace', async () => {
    const asked = cluster.faults.add({
      match: { resource: 'selfsubjectaccessreviews' },
      action: { kind: 'slow', delayMs: 0 },
    });
    const ask = releaseRehearsal({
      open: (name) => clusters.named(name),
      attempts: [],
      tryPod: async () => undefined,
      now: () => now,
    });
    await ask([candidacy()]);
    const first = asked.met;
    await ask([candidacy(), candidacy()]);
    expect(asked.met).toBe(first);
    now += 61_000;
    await ask([candidacy()]);
    expect(asked.met).toBe(2 * first);
  });
});

describe('a workload that is there and would be changed in place', () => {
  const settings = testSettings('shop', { workload: IN_PLACE });
  const there = (labels = {}, annotations = {}): KubernetesObject => ({
    ...(IN_PLACE.object as unknown as KubernetesObject),
    metadata: { name: 'db', namespace: 'shop', labels, annotations },
  });
  const read = () =>
    admin.read({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'shop', name: 'db' });

  it('is tried by a patch, and stays as it is', async () => {
    await admin.apply(there(), { manager: 'them' });
    const before = await read();
    const other = { ...IN_PLACE, object: { ...IN_PLACE.object, spec: templated('registry.example/db:3') } };
    const candidacies = [candidacy({ settings: { ...settings, workload: other } })];
    expect(await rehearse(candidacies)).toEqual({ objections: [], warnings: [] });
    expect(await read()).toEqual(before);
  });

  it('is refused with what its webhooks say of the new template', async () => {
    await admin.apply(there(), { manager: 'them' });
    cluster.faults.add({
      match: { resource: 'statefulsets', verb: 'patch' },
      action: { kind: 'webhook-refusal', webhook: 'owners.example.com', message: 'the weekend is near' },
    });
    expect(await rehearse([candidacy({ settings })])).toMatchObject({
      objections: [{ kind: 'refused-by-cluster', message: expect.stringContaining('the weekend is near') }],
    });
  });

  it("is refused when it is another track's", async () => {
    await admin.apply(there({}, { 'sluice.dev/track': 'shop/production/other' }), { manager: 'them' });
    expect(await rehearse([candidacy({ settings })])).toMatchObject({
      objections: [{ message: expect.stringContaining("is shop/production/other's already") }],
    });
  });
});

/** The spec of the StatefulSet with another image. */
const templated = (image: string): JsonObject => ({
  ...(IN_PLACE.object['spec'] as JsonObject),
  template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'main', image }] } },
});

describe('what stands against a release', () => {
  const only = async (changes: Changes = {}, withinMs?: number) => {
    const { objections } = await rehearse([candidacy(changes)], withinMs);
    expect(objections).toHaveLength(1);
    expect(await left()).toEqual([]);
    return objections[0];
  };
  const inCluster = (name: string): Changes => ({
    component: { workload: { on: 'cluster', cluster: name, settings: { ...testSettings('shop') } as never } },
  });

  it('a cluster that nobody has registered', async () => {
    expect(await only(inCluster('mars'))).toMatchObject({
      kind: 'unknown-cluster',
      message: expect.stringContaining('sluice cluster add mars'),
    });
  });

  it('a context that the kubeconfig does not have', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-rehearsal-'));
    const path = join(folder, 'kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'fake', cluster: { server: url } }],
      users: [{ name: 'admin', user: { token: 'x' } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'admin' } }],
    };
    await writeFile(path, JSON.stringify(config));
    await becomes({ kind: 'kubeconfig', path, context: 'nowhere' });
    expect(await only()).toMatchObject({
      kind: 'unknown-cluster',
      message: expect.stringContaining('there is no context nowhere'),
    });
    await rm(folder, { recursive: true });
  });

  it('a server that is away, and one that takes too long', async () => {
    cluster.faults.add({ match: { user: 'admin' }, action: { kind: 'slow', delayMs: 2_000 }, times: 1 });
    expect((await rehearse([candidacy()], 100)).objections).toMatchObject([
      { kind: 'cluster-unreachable', message: expect.stringContaining('within 0.1 s') },
    ]);
    await cluster.stop();
    const { objections } = await rehearse([candidacy()]);
    expect(objections).toMatchObject([
      { kind: 'cluster-unreachable', message: expect.stringContaining('test') },
    ]);
    await cluster.start();
  });

  it('credentials that have expired', async () => {
    await becomes({ kind: 'token', server: url, token: 'of-yesterday' });
    expect(await only()).toMatchObject({
      kind: 'cluster-credentials',
      message: expect.stringContaining('they are wrong or have expired'),
    });
  });

  it('a permission that is missing, by verb and resource', async () => {
    await limited();
    await grant(testSettings('shop'), (verb, resource) => resource === 'services' && verb === 'delete');
    expect(await only()).toMatchObject({
      kind: 'missing-permission',
      namespace: 'shop',
      message: 'the credentials of the cluster test may not delete services in namespace shop',
    });
  });

  it('a namespace that is not there', async () => {
    expect(await only({ settings: testSettings('elsewhere') })).toMatchObject({
      kind: 'refused-by-cluster',
      message: expect.stringContaining('namespaces "elsewhere" not found'),
    });
  });

  it('a namespace of which nobody knows whether it is there, because nothing in it is permitted', async () => {
    await limited();
    expect(await only({ settings: testSettings('elsewhere') })).toMatchObject({
      kind: 'missing-permission',
      message: expect.stringContaining('or there is no such namespace'),
    });
  });

  it('an API that is not served', async () => {
    expect(await only({ settings: SPARE })).toMatchObject({
      kind: 'missing-api',
      message: expect.stringContaining('ServiceMonitor of monitoring.coreos.com/v1 (Prometheus operator)'),
    });
  });

  it('a webhook', async () => {
    cluster.faults.add({
      match: { resource: 'deployments', verb: 'patch' },
      action: { kind: 'webhook-refusal', webhook: 'owners.example.com', message: 'a team label is wanted' },
    });
    expect(await only()).toMatchObject({
      kind: 'refused-by-cluster',
      message: expect.stringContaining('a team label is wanted'),
    });
  });

  it('a secret that has no value here', async () => {
    const secrets = { TOKEN: { from: 'file', path: '/run/token' } } as const;
    expect(await only({ component: { secrets } })).toMatchObject({
      kind: 'invalid-objects',
      message: expect.stringContaining('TOKEN'),
    });
  });

  it('objects that the server does not take', async () => {
    const settings = testSettings('shop', { workload: testContainer({ port: 70_000 }) });
    expect(await only({ settings })).toMatchObject({
      kind: 'invalid-objects',
      message: expect.stringContaining('70000'),
    });
  });

  it.each([
    { kind: 'HTTPRoute', router: gatewaySettings({ name: 'front' }) },
    { kind: 'GRPCRoute', router: gatewaySettings({ name: 'front', route: 'GRPCRoute' }) },
    { kind: 'VirtualService', router: istioSettings({ virtualService: { name: 'front', routes: [] } }) },
  ])('a $kind that is to be adopted and is not there', async ({ kind, router }) => {
    const settings = testSettings('shop', { routers: [router] });
    expect(await only({ settings })).toMatchObject({
      kind: 'refused-by-cluster',
      message: expect.stringContaining(`${kind} shop/front is not there`),
    });
  });

  it('routes of others for the same requests are a warning, and nothing against it', async () => {
    const spec = { hosts: ['web.test'], http: [{ route: [{ destination: { host: 'web-primary' } }] }] };
    await admin.apply({
      ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', spec },
      metadata: { name: 'web', namespace: 'shop' },
    });
    const settings = testSettings('shop', { routers: [istioSettings({ hosts: ['web.test'] })] });
    expect(await rehearse([candidacy({ settings })])).toEqual({
      objections: [],
      warnings: [
        'The VirtualService shop/web is for the host web.test at the mesh, as the route of shop/production/web is: which of the two holds is up to Istio. Remove the one that is not meant.',
      ],
    });
  });

  it('an autoscaler of a pool that would hear of no metric is a warning, and nothing against it', async () => {
    const scaling = { stabilizationMs: 0, policies: [] };
    const settings = (pool: object) =>
      testSettings('shop', {
        autoscaling: {
          ...{ maxInstances: 9, cpuPercent: 50, memoryPercent: null, podMetrics: [], ...pool },
          ...{ scaleUp: scaling, scaleDown: scaling },
        },
      });
    const ofAgents = { pool: { scaler: 'hpa', sleeps: false } };
    const { objections, warnings } = await rehearse([candidacy({ settings: settings(ofAgents) })]);
    expect(objections).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^Nobody answers for external metrics in the cluster test/),
    ]);
    expect(await rehearse([candidacy({ settings: settings({}) })])).toMatchObject({ warnings: [] });
  });

  it('a quota of pods stands against a first release, and is a warning where something makes room', async () => {
    const quota: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'pods', namespace: 'shop' },
      spec: { hard: { pods: '0' } },
    };
    await admin.apply(quota);
    expect(await only()).toMatchObject({
      kind: 'refused-by-cluster',
      message: expect.stringContaining('exceeded quota'),
    });
    const later = await rehearse([candidacy({ candidacy: { isFirst: false } })]);
    expect(later).toMatchObject({ objections: [], warnings: [expect.stringContaining('exceeded quota')] });
  });

  it('a service account that is not there, which is said of pods alone', async () => {
    const serviceAccount = { name: 'ghost', create: false, annotations: {}, token: false };
    expect(await only({ settings: testSettings('shop', { serviceAccount }) })).toMatchObject({
      message: expect.stringContaining('ghost'),
    });
  });
});

it('every cluster is asked, and what one objects to is not held against another', async () => {
  const elsewhere = {
    on: 'cluster',
    cluster: 'mars',
    settings: { ...testSettings('shop') } as never,
  } as const;
  const { objections } = await rehearse([candidacy(), candidacy({ component: { workload: elsewhere } })]);
  expect(objections.map(({ cluster: name }) => name)).toEqual(['mars']);
});

it('what runs on a machine asks no cluster', async () => {
  await cluster.stop();
  const { record } = candidacy();
  const workload = { on: 'machine', run: './serve', source: '/srv' } as const;
  const local = { ...record, component: { ...record.component, workload } };
  expect(await rehearse([{ ...candidacy(), record: local }])).toEqual({ objections: [], warnings: [] });
});

describe('checks from outside the cluster', () => {
  const check = (kind: CheckSpec['kind']): CheckSpec =>
    ({
      name: kind,
      kind,
      path: '/',
      expectStatus: 200,
      expectBody: null,
      command: 'true',
      timeoutMs: 1,
      attempts: 1,
    }) as CheckSpec;

  it('are warned of unless they go through the API server', async () => {
    const checks = [check('http'), check('tcp'), check('command')];
    const { warnings } = await rehearse([candidacy({ candidacy: { checks } })]);
    expect(warnings.map((warning) => warning.split(' ')[2])).toEqual(['tcp', 'command']);
  });

  it('need permission to go through it', async () => {
    await limited();
    await grant(testSettings('shop'), (_, resource) => resource === 'pods/proxy');
    expect((await rehearse([candidacy()])).objections).toEqual([]);
    const { objections } = await rehearse([candidacy({ candidacy: { checks: [check('http')] } })]);
    expect(objections).toMatchObject([{ message: expect.stringContaining('get pods/proxy') }]);
  });
});
