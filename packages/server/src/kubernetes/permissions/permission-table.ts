import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { RouterSettings } from '@sluice/kubernetes/settings/router-settings.ts';
import type { NeededPermission } from './needed-permission.ts';

/** What Sluice does with some resources of a namespace, and what for. */
export interface PermissionRow {
  /** Empty for the core. */
  readonly group: string;
  readonly resources: readonly string[];
  /** Server-side apply is `patch`, and `create` where the object is new. */
  readonly verbs: readonly string[];
  readonly why: string;
}

/** An API that a cluster may lack; what is needed of it is only needed where it is served. */
export interface OptionalApi extends PermissionRow {
  readonly name: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Whether a component cannot be released without it. */
  readonly isNeededBy: (settings: KubernetesSettings) => boolean;
}

const APPLY = ['create', 'patch'];
const FOLLOW = ['list', 'watch'];

/** What Sluice needs of every cluster, in each namespace that it releases to. */
export const PERMISSIONS: readonly PermissionRow[] = [
  {
    group: 'apps',
    resources: ['deployments'],
    verbs: ['get', ...FOLLOW, ...APPLY, 'delete'],
    why: 'each revision is a Deployment',
  },
  {
    group: 'apps',
    resources: ['daemonsets', 'statefulsets'],
    verbs: ['get', ...FOLLOW, ...APPLY, 'delete'],
    why: 'workloads that are changed in place',
  },
  {
    group: '',
    resources: ['pods'],
    verbs: [...FOLLOW, 'delete'],
    why: 'to see which instances are ready and why not, and to move those of workloads that are changed in place',
  },
  { group: '', resources: ['pods/log'], verbs: ['get'], why: '`sluice logs`' },
  {
    group: '',
    resources: ['services'],
    verbs: ['get', ...FOLLOW, ...APPLY, 'delete'],
    why: 'each revision and each component has a Service',
  },
  {
    group: 'discovery.k8s.io',
    resources: ['endpointslices'],
    verbs: ['list'],
    why: 'to see that a Service leads to the pods that it should',
  },
  {
    group: '',
    resources: ['configmaps', 'secrets'],
    verbs: ['get', 'list', ...APPLY, 'delete'],
    why: 'files and secrets are part of a revision',
  },
  {
    group: 'autoscaling',
    resources: ['horizontalpodautoscalers'],
    verbs: [...FOLLOW, ...APPLY, 'delete'],
    why: '`autoscale` of a component',
  },
  {
    group: 'policy',
    resources: ['poddisruptionbudgets'],
    verbs: ['list', ...APPLY, 'delete'],
    why: 'drains leave enough instances',
  },
  {
    group: 'networking.k8s.io',
    resources: ['networkpolicies'],
    verbs: APPLY,
    why: '`network` of a component',
  },
  {
    group: '',
    resources: ['serviceaccounts'],
    verbs: APPLY,
    why: 'a service account that a component declares',
  },
  {
    group: '',
    resources: ['limitranges', 'resourcequotas'],
    verbs: APPLY,
    why: '`limits` of an environment',
  },
  {
    group: 'batch',
    resources: ['jobs'],
    verbs: ['get', ...APPLY, 'delete'],
    why: 'measurements that are jobs',
  },
];

const GATEWAY = { group: 'gateway.networking.k8s.io', apiVersion: 'gateway.networking.k8s.io/v1' } as const;
const ISTIO = { group: 'networking.istio.io', apiVersion: 'networking.istio.io/v1' } as const;
const ISTIO_SECURITY = { group: 'security.istio.io', apiVersion: 'security.istio.io/v1' } as const;
const ROUTE_VERBS = ['get', ...FOLLOW, ...APPLY];

type Router<Kind extends RouterSettings['kind']> = Extract<RouterSettings, { kind: Kind }>;

const hasRouter =
  <Kind extends RouterSettings['kind']>(kind: Kind, holds: (router: Router<Kind>) => boolean) =>
  ({ routers }: KubernetesSettings): boolean =>
    routers.some((router) => router.kind === kind && holds(router as Router<Kind>));

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
    verbs: ['list', ...APPLY, 'delete'],
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
    isNeededBy: ({ monitor }) => monitor !== null,
  },
  {
    group: 'autoscaling.k8s.io',
    apiVersion: 'autoscaling.k8s.io/v1',
    name: 'Vertical pod autoscaler',
    kind: 'VerticalPodAutoscaler',
    resources: ['verticalpodautoscalers'],
    verbs: ['list', ...APPLY, 'delete'],
    why: '`vertical` of a component',
    isNeededBy: ({ verticalAutoscaling }) => verticalAutoscaling !== null,
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
