import { trackId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { renderRevision } from '@sluice/kubernetes/render/render-revision.ts';
import { renderTrack } from '@sluice/kubernetes/render/render-track.ts';
import { SAMPLES } from '@sluice/kubernetes/render/testing/samples.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { InPlaceSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FaultSubject } from '@sluice/fake-kubernetes/faults/fault.ts';
import { releaseRehearsal } from '../../clusters/rehearse-releases.ts';
import { rehearseRoutes } from '../../routing/cluster/rehearse-routes.ts';
import { startGatewayController } from '../../routing/cluster/testing/gateway-controller.ts';
import { gatewaySettings, istioSettings, splitOf } from '../../routing/cluster/testing/route-samples.ts';
import { routedTrack } from '../../routing/cluster/testing/routed-track.ts';
import { kubernetesTarget } from '../../targets/kubernetes/kubernetes-target.ts';
import { rehearsePod, rehearseRevision } from '../../targets/kubernetes/rehearse-revision.ts';
import { readKept } from '../../targets/kubernetes/read-kept.ts';
import { runTask } from '../../targets/kubernetes/run-task.ts';
import { clusterRevision, testContainer, testSettings } from '../../targets/testing/cluster-revision.ts';
import { type PlayedCluster, playedFake } from '../../targets/testing/played-cluster.ts';
import type { ClusterClient } from '../cluster-client.ts';
import { openCluster } from '../open-cluster.ts';
import { missingPermissions } from './missing-permissions.ts';
import { OPTIONAL_APIS, PERMISSIONS, permissionsIn } from './permission-table.ts';
import { roleFor } from './role-for.ts';

const PATIENCE = { timeout: 30_000, interval: 50 };
/** The fake cluster lacks the definitions of these; what is rendered of them is held against the table below. */
const NOT_IN_THE_FAKE = ['ServiceMonitor', 'VerticalPodAutoscaler', 'ScaledObject', 'PodMetrics'];

let played: PlayedCluster;
let namespace: string;
/** Somebody who may do what the table says in the namespace, and nothing else. */
let client: ClusterClient;
/** What was asked of the API server, as roles name it: `patch deployments`. */
const asked = new Set<string>();
let generation = 0;

beforeAll(async () => {
  played = await playedFake();
  namespace = await played.namespace();
  const served = OPTIONAL_APIS.filter(({ kind }) => !NOT_IN_THE_FAKE.includes(kind));
  const needed = permissionsIn(namespace, [...PERMISSIONS, ...served]);
  for (const role of roleFor(needed, { name: 'sluice', user: 'dev' })) await played.client.apply(role);
  const cluster = played.fake?.cluster;
  const { url = '' } = (await cluster?.listen()) ?? {};
  client = await openCluster({
    name: 'test',
    credentials: { kind: 'token', server: url, token: cluster?.tokens['limited'] ?? '' },
    log: pino({ level: 'silent' }),
  });
  cluster?.onRequest(({ user, ...request }) => {
    if (user === 'dev') for (const one of neededFor(request)) asked.add(one);
  });
  expect(await missingPermissions(client, needed)).toEqual([]);
}, 30_000);
afterAll(async () => {
  await client.close();
  await played.close();
});

/** Server-side apply of something new needs both, and a watch needs a list where the server cannot send one with it. */
const NEEDED_TOO: Readonly<Record<string, readonly string[]>> = { patch: ['create'], watch: ['list'] };

/** What a role has to say of a request; of one's own identity and permissions everybody may ask. */
function neededFor({ verb, group, resource, subresource }: Omit<FaultSubject, 'user'>): readonly string[] {
  if (resource.startsWith('/') || group.startsWith('auth')) return [];
  const named = subresource === '' ? resource : `${resource}/${subresource}`;
  return [verb, ...(NEEDED_TOO[verb] ?? [])].map((one) => `${one} ${named}`);
}

interface Run {
  readonly settings: KubernetesSettings;
  readonly name: string;
  readonly instances: number;
}

const targetOf = ({ settings, name, instances }: Run, number: number) => {
  const record = clusterRevision(trackId('shop', 'test', name), number, settings, {
    instances,
    secrets: settings.workload.kind === 'container' ? { TOKEN: { from: 'environment', name: 'TOKEN' } } : {},
  });
  const target = kubernetesTarget({
    ...{ client, settings, component: record.component },
    readSecrets: async () => ({ secrets: { TOKEN: 'swordfish' }, missing: {} }),
    isRouted: async () => false,
    now: () => Date.now(),
  });
  return { record, target };
};

async function order(run: Run, number: number, instances: number, settled = instances) {
  const { record, target } = targetOf(run, number);
  generation += 1;
  await target.apply({ revision: record, instances, dedicatedPorts: false, generation });
  await vi.waitFor(
    async () => expect((await target.observe(record.track))[record.id]).toMatchObject({ ready: settled }),
    PATIENCE,
  );
  return { record, target };
}

describe('with the permissions of the table and no others', () => {
  it('revisions of every setting are run, looked into and retired', async () => {
    const settings = testSettings(namespace, {
      workload: testContainer({ files: { '/etc/app.txt': 'hello' } }),
      serviceAccount: { name: 'web', create: true, annotations: {}, token: false },
      autoscaling: {
        maxInstances: 5,
        cpuPercent: 70,
        memoryPercent: null,
        podMetrics: [],
        scaleUp: { stabilizationMs: 0, policies: [] },
        scaleDown: { stabilizationMs: 0, policies: [] },
      },
      maxDisrupted: 1,
      network: { from: [], to: null },
      limits: {
        quota: { pods: '100' },
        container: { default: {}, defaultRequest: {}, max: { memory: '4Gi' }, min: {} },
      },
      routers: [istioSettings({ mutualTls: 'STRICT', allow: [], outlierDetection: { interval: '1s' } })],
    });
    const run = { settings, name: 'web', instances: 1 };
    await order(run, 1, 1);
    const { record, target } = await order(run, 1, 2);
    expect(await target.inventory()).toContain(record.track);
    await target.logs(record.track, record.id, 5);
    await target.retire(record.track, record.id, ++generation);
  });

  it.each(['StatefulSet', 'DaemonSet'] as const)('a %s is changed in place', async (workload) => {
    const nodes = await played.client.list({ apiVersion: 'v1', kind: 'Node' });
    const size = workload === 'DaemonSet' ? nodes.length : 2;
    const of = (image: string): Run => ({
      settings: testSettings(namespace, { workload: inPlace(workload, image) }),
      name: workload.toLowerCase(),
      instances: size,
    });
    await order(of('1'), 1, size);
    const { record, target } = await order(of('2'), 2, size);
    await target.logs(record.track, record.id, 5);
    await target.retire(record.track, clusterRevision(record.track, 1, of('1').settings).id, ++generation);
    await target.retire(record.track, record.id, ++generation);
  });

  it('every router splits', async () => {
    const gateway = await startGatewayController(played.client, namespace);
    for (const routers of [[gatewaySettings()], [istioSettings()], [{ kind: 'service' } as const]]) {
      const web = routedTrack(client, namespace, { routers });
      await web.run();
      await web.apply(splitOf(5_000), 1);
      await web.apply(splitOf(10_000), 2);
      expect(await web.router.observe(web.track)).toMatchObject({ generation: 2 });
    }
    await gateway.stop();
  });

  it('jobs are run and called off, and kept secrets are read', async () => {
    const stopping = new AbortController();
    const task = {
      template: {
        spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'registry.example/a:1' }] },
      },
    } as unknown as JsonObject;
    const place = { client, namespace, track: trackId('shop', 'test', 'jobs') };
    const end = runTask(place, task, { name: 'replay' }, stopping.signal);
    await vi.waitFor(async () => {
      expect(await played.client.list({ apiVersion: 'batch/v1', kind: 'Job', namespace })).toHaveLength(1);
    }, PATIENCE);
    stopping.abort();
    await end;
    await expect(readKept(client, namespace, 'nowhere', 'key')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('a release is rehearsed, and its pods are asked through the API server', async () => {
    const rehearse = releaseRehearsal({
      open: async () => client,
      attempts: [
        (open, record) =>
          rehearseRevision({ client: open, readSecrets: async () => ({ secrets: {}, missing: {} }) }, record),
        rehearseRoutes,
      ],
      tryPod: rehearsePod,
      now: () => Date.now(),
    });
    const settings = testSettings(namespace, { routers: [gatewaySettings(), istioSettings()] });
    const record = clusterRevision(trackId('shop', 'test', 'tried'), 1, settings);
    expect(await rehearse([{ record, checks: [], hasTasks: true, isFirst: true }])).toEqual({
      objections: [],
      warnings: [],
    });
    const request = { namespace, pod: 'nobody', port: 80, path: '/', timeoutMs: 1_000 };
    await expect(client.proxyGet(request)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('nothing else is permitted', async () => {
    const forbidden = { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system' };
    await expect(client.list(forbidden)).rejects.toThrow(/list.*pods/i);
  });
});

describe('the table', () => {
  it('names every kind that is rendered', () => {
    const rendered = SAMPLES.flatMap(({ of, order: given }) => [
      ...renderTrack(of, given),
      ...renderRevision(of, given),
    ]);
    const lacking = rendered.filter(({ apiVersion, kind }) => {
      const verbs = verbsOf(apiVersion, kind);
      return !(verbs.includes('create') && verbs.includes('patch'));
    });
    expect(lacking.map(({ kind }) => kind)).toEqual([]);
  });

  it('asks for nothing that is not used', () => {
    const rows = [...PERMISSIONS, ...OPTIONAL_APIS.filter(({ kind }) => !NOT_IN_THE_FAKE.includes(kind))];
    const unused = rows.flatMap(({ resources, verbs }) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => `${verb} ${resource}`).filter((one) => !asked.has(one)),
      ),
    );
    // The same calls as for HTTPRoutes, whose definitions differ.
    expect(unused.filter((one) => !one.endsWith(' grpcroutes'))).toEqual([]);
  });

  it('has everything that is asked for', () => {
    const listed = permissionsIn(namespace, [...PERMISSIONS, ...OPTIONAL_APIS]).map(
      ({ verb, resource }) => `${verb} ${resource}`,
    );
    expect([...asked].filter((one) => !listed.includes(one))).toEqual([]);
  });
});

const KINDS: Readonly<Record<string, string>> = {
  deployments: 'Deployment',
  daemonsets: 'DaemonSet',
  statefulsets: 'StatefulSet',
  pods: 'Pod',
  services: 'Service',
  endpointslices: 'EndpointSlice',
  configmaps: 'ConfigMap',
  secrets: 'Secret',
  horizontalpodautoscalers: 'HorizontalPodAutoscaler',
  poddisruptionbudgets: 'PodDisruptionBudget',
  networkpolicies: 'NetworkPolicy',
  serviceaccounts: 'ServiceAccount',
  limitranges: 'LimitRange',
  resourcequotas: 'ResourceQuota',
  jobs: 'Job',
  httproutes: 'HTTPRoute',
  grpcroutes: 'GRPCRoute',
  virtualservices: 'VirtualService',
  destinationrules: 'DestinationRule',
  peerauthentications: 'PeerAuthentication',
  authorizationpolicies: 'AuthorizationPolicy',
  servicemonitors: 'ServiceMonitor',
  verticalpodautoscalers: 'VerticalPodAutoscaler',
};

function verbsOf(apiVersion: string, kind: string): readonly string[] {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return [...PERMISSIONS, ...OPTIONAL_APIS]
    .filter((row) => row.group === group && row.resources.some((resource) => KINDS[resource] === kind))
    .flatMap(({ verbs }) => verbs);
}

const inPlace = (workload: 'StatefulSet' | 'DaemonSet', image: string): InPlaceSettings => ({
  kind: 'in-place',
  workload,
  name: `db-${workload.toLowerCase()}`,
  port: 8080,
  object: {
    apiVersion: 'apps/v1',
    kind: workload,
    metadata: { name: `db-${workload.toLowerCase()}`, namespace },
    spec: {
      ...(workload === 'StatefulSet' ? { replicas: 2, serviceName: 'db' } : {}),
      selector: { matchLabels: { app: workload } },
      template: {
        metadata: { labels: { app: workload } },
        spec: { containers: [{ name: 'main', image: `registry.example/db:${image}` }] },
      },
    },
  },
});
