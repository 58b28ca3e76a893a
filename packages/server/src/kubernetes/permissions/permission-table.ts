import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { RouterSettings } from '@sluice/kubernetes/settings/router-settings.ts';
import { type ClusterRelease, goesThroughServer } from './cluster-release.ts';
import type { NeededPermission } from './needed-permission.ts';

/** What Sluice does with some resources of a namespace, and what for. */
export interface PermissionRow {
  /** Empty for the core. */
  readonly group: string;
  readonly resources: readonly string[];
  /** Server-side apply is `patch`, and `create` where the object is new. */
  readonly verbs: readonly string[];
  readonly why: string;
  /** Whether a release cannot be carried out without it. */
  readonly isNeededBy: (release: ClusterRelease) => boolean;
}

/** An API that a cluster may lack; what is needed of it is only needed where it is served. */
export interface OptionalApi extends PermissionRow {
  readonly name: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly isNeededBy: (release: Pick<ClusterRelease, 'settings'>) => boolean;
}

const APPLY = ['create', 'patch'];
const FOLLOW = ['list', 'watch'];
const always = (): boolean => true;
const never = (): boolean => false;

const inPlace =
  (...kinds: readonly string[]) =>
  ({ settings: { workload } }: ClusterRelease): boolean =>
    workload.kind === 'in-place' && kinds.includes(workload.workload);

/** Declared with the component, among the objects that come with every revision, or the token of its workers. */
const hasSecrets = ({ settings: { workload }, component, hasTasks }: ClusterRelease): boolean =>
  hasTasks ||
  component.agents !== undefined ||
  Object.keys(component.secrets).length > 0 ||
  (workload.kind === 'template' && workload.besides.some(({ kind }) => kind === 'Secret'));

/** What trying a pod needs; without it a release is taken in all the same, and what is said of pods is heard later. */
export const POD_TRIAL: PermissionRow = {
  group: '',
  resources: ['pods'],
  verbs: APPLY,
  why: 'one pod is tried before a release (a dry run: none is made), so that policies and quotas are heard',
  isNeededBy: never,
};

/** What Sluice needs of every cluster, in each namespace that it releases to. */
export const PERMISSIONS: readonly PermissionRow[] = [
  {
    group: 'apps',
    resources: ['deployments'],
    verbs: ['get', ...FOLLOW, ...APPLY, 'delete'],
    why: 'each revision is a Deployment',
    isNeededBy: always,
  },
  {
    group: 'apps',
    resources: ['daemonsets'],
    verbs: ['get', ...FOLLOW, ...APPLY, 'delete'],
    why: 'workloads that are changed in place',
    isNeededBy: inPlace('DaemonSet'),
  },
  {
    group: 'apps',
    resources: ['statefulsets'],
    verbs: ['get', ...FOLLOW, ...APPLY, 'delete'],
    why: 'workloads that are changed in place',
    isNeededBy: inPlace('StatefulSet'),
  },
  {
    group: '',
    resources: ['pods'],
    verbs: FOLLOW,
    why: 'to see which instances are ready and why not',
    isNeededBy: always,
  },
  {
    group: '',
    resources: ['pods'],
    verbs: ['delete'],
    why: 'to move the pods of workloads that are changed in place',
    isNeededBy: inPlace('DaemonSet', 'StatefulSet'),
  },
  POD_TRIAL,
  { group: '', resources: ['pods/log'], verbs: ['get'], why: '`sluice logs`', isNeededBy: never },
  {
    group: '',
    resources: ['pods/proxy'],
    verbs: ['get'],
    why: 'checks over HTTP, where Sluice does not run in the cluster itself',
    isNeededBy: ({ checks, component, runsInside }) =>
      !runsInside && checks.some((check) => goesThroughServer(check, component)),
  },
  {
    group: '',
    resources: ['services'],
    verbs: ['get', ...FOLLOW, ...APPLY, 'delete'],
    why: 'each revision and each component has a Service',
    isNeededBy: always,
  },
  {
    group: 'discovery.k8s.io',
    resources: ['endpointslices'],
    verbs: ['list'],
    why: 'to see that a Service leads to the pods that it should',
    isNeededBy: always,
  },
  {
    group: '',
    resources: ['configmaps'],
    verbs: ['get', 'list', ...APPLY, 'delete'],
    why: 'files are part of a revision, and of each component it is kept what was removed last',
    isNeededBy: always,
  },
  {
    group: '',
    resources: ['secrets'],
    verbs: ['list'],
    why: 'what a revision leaves behind is looked for when it goes',
    isNeededBy: always,
  },
  {
    group: '',
    resources: ['secrets'],
    verbs: ['get', ...APPLY, 'delete'],
    why: 'secrets are part of a revision, and workers of agents have a token',
    isNeededBy: hasSecrets,
  },
  {
    group: 'autoscaling',
    resources: ['horizontalpodautoscalers'],
    verbs: FOLLOW,
    why: 'what was scaled by load is known from its autoscaler',
    isNeededBy: always,
  },
  {
    group: 'autoscaling',
    resources: ['horizontalpodautoscalers'],
    verbs: [...APPLY, 'delete'],
    why: '`autoscale` of a component',
    isNeededBy: ({ settings }) => settings.autoscaling !== null,
  },
  {
    group: 'policy',
    resources: ['poddisruptionbudgets'],
    verbs: ['list'],
    why: 'what a revision leaves behind is looked for when it goes',
    isNeededBy: always,
  },
  {
    group: 'policy',
    resources: ['poddisruptionbudgets'],
    verbs: ['watch'],
    why: 'one that somebody has removed is made anew',
    isNeededBy: never,
  },
  {
    group: 'policy',
    resources: ['poddisruptionbudgets'],
    verbs: [...APPLY, 'delete'],
    why: 'drains leave enough instances',
    isNeededBy: ({ settings }) => settings.maxDisrupted !== null,
  },
  {
    group: 'networking.k8s.io',
    resources: ['networkpolicies'],
    verbs: APPLY,
    why: '`network` of a component',
    isNeededBy: ({ settings }) => settings.network !== null,
  },
  {
    group: '',
    resources: ['serviceaccounts'],
    verbs: APPLY,
    why: 'a service account that a component declares',
    isNeededBy: ({ settings }) => settings.serviceAccount?.create === true,
  },
  {
    group: '',
    resources: ['limitranges', 'resourcequotas'],
    verbs: APPLY,
    why: '`limits` of an environment',
    isNeededBy: ({ settings }) => settings.limits !== null,
  },
  {
    group: 'batch',
    resources: ['jobs'],
    verbs: ['get', ...APPLY, 'delete'],
    why: 'measurements that are jobs',
    isNeededBy: ({ hasTasks }) => hasTasks,
  },
];

const GATEWAY = { group: 'gateway.networking.k8s.io', apiVersion: 'gateway.networking.k8s.io/v1' } as const;
const ISTIO = { group: 'networking.istio.io', apiVersion: 'networking.istio.io/v1' } as const;
const ISTIO_SECURITY = { group: 'security.istio.io', apiVersion: 'security.istio.io/v1' } as const;
const ROUTE_VERBS = ['get', ...FOLLOW, ...APPLY];

type Router<Kind extends RouterSettings['kind']> = Extract<RouterSettings, { kind: Kind }>;

const hasRouter =
  <Kind extends RouterSettings['kind']>(kind: Kind, holds: (router: Router<Kind>) => boolean) =>
  ({ settings }: { readonly settings: KubernetesSettings }): boolean =>
    settings.routers.some((router) => router.kind === kind && holds(router as Router<Kind>));

/** What Sluice needs of APIs that are no part of Kubernetes itself. */
export const OPTIONAL_APIS: readonly OptionalApi[] = [
  {
    ...GATEWAY,
    name: 'Gateway API',
    kind: 'HTTPRoute',
    resources: ['httproutes'],
    verbs: ROUTE_VERBS,
    why: 'routes of the Gateway API split requests',
    isNeededBy: hasRouter('gateway-api', ({ route }) => route === 'HTTPRoute'),
  },
  {
    ...GATEWAY,
    name: 'Gateway API',
    kind: 'GRPCRoute',
    resources: ['grpcroutes'],
    verbs: ROUTE_VERBS,
    why: 'routes of the Gateway API split requests',
    isNeededBy: hasRouter('gateway-api', ({ route }) => route === 'GRPCRoute'),
  },
  {
    ...ISTIO,
    name: 'Istio',
    kind: 'VirtualService',
    resources: ['virtualservices'],
    verbs: ROUTE_VERBS,
    why: 'VirtualServices split requests',
    isNeededBy: hasRouter('istio', () => true),
  },
  {
    ...ISTIO,
    name: 'Istio',
    kind: 'DestinationRule',
    resources: ['destinationrules'],
    verbs: ['get', 'list', ...APPLY, 'delete'],
    why: 'outliers, connection pools and localities of the Istio router',
    isNeededBy: hasRouter(
      'istio',
      ({ outlierDetection, connectionPool, locality }) =>
        outlierDetection !== null || connectionPool !== null || locality !== null,
    ),
  },
  {
    ...ISTIO_SECURITY,
    name: 'Istio',
    kind: 'PeerAuthentication',
    resources: ['peerauthentications'],
    verbs: APPLY,
    why: '`mtls` of the Istio router',
    isNeededBy: hasRouter('istio', ({ mutualTls }) => mutualTls !== null),
  },
  {
    ...ISTIO_SECURITY,
    name: 'Istio',
    kind: 'AuthorizationPolicy',
    resources: ['authorizationpolicies'],
    verbs: APPLY,
    why: '`allow` of the Istio router',
    isNeededBy: hasRouter('istio', ({ allow }) => allow !== null),
  },
  {
    group: 'monitoring.coreos.com',
    apiVersion: 'monitoring.coreos.com/v1',
    name: 'Prometheus operator',
    kind: 'ServiceMonitor',
    resources: ['servicemonitors'],
    verbs: APPLY,
    why: '`monitor` of a component',
    isNeededBy: ({ settings }) => settings.monitor !== null,
  },
  {
    group: 'autoscaling.k8s.io',
    apiVersion: 'autoscaling.k8s.io/v1',
    name: 'Vertical pod autoscaler',
    kind: 'VerticalPodAutoscaler',
    resources: ['verticalpodautoscalers'],
    verbs: ['get', 'list', ...APPLY, 'delete'],
    why: '`vertical` of a component',
    isNeededBy: ({ settings }) => settings.verticalAutoscaling !== null,
  },
  {
    group: 'keda.sh',
    apiVersion: 'keda.sh/v1alpha1',
    name: 'KEDA',
    kind: 'ScaledObject',
    resources: ['scaledobjects'],
    verbs: ['list', ...APPLY, 'delete'],
    why: '`agents.pool` of a component with the scaler keda',
    isNeededBy: ({ settings }) => settings.autoscaling?.pool?.scaler === 'keda',
  },
  {
    group: 'metrics.k8s.io',
    apiVersion: 'metrics.k8s.io/v1beta1',
    name: 'Metrics server',
    kind: 'PodMetrics',
    resources: ['pods'],
    verbs: ['list'],
    why: 'what pods use of processors and memory is shown to people',
    isNeededBy: never,
  },
];

/** A permission of the table, and what it is needed for. */
export interface ExplainedPermission extends NeededPermission {
  readonly namespace: string;
  readonly why: string;
}

/** Every permission of some rows in one namespace, one for each verb of each resource. */
export const permissionsIn = (
  namespace: string,
  rows: readonly PermissionRow[],
): readonly ExplainedPermission[] =>
  rows.flatMap(({ group, resources, verbs, why }) =>
    resources.flatMap((resource) => verbs.map((verb) => ({ verb, group, resource, namespace, why }))),
  );
