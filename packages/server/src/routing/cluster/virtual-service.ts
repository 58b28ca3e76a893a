import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { RouteSpec } from '@sluice/core/rollout/component-spec.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { IstioRouter } from '@sluice/kubernetes/settings/router-settings.ts';
import { covers } from './covers.ts';
import { type RouteKind, type RouteNames, servicesBehind } from './route-kind.ts';
import { matchesBelow } from './virtual-service-matches.ts';
import { isOurHost, isStopped, routeBackends, splitRoute, type HttpRoute } from './virtual-service-routes.ts';

/** What a VirtualService is made of. */
export interface VirtualServiceOptions {
  readonly settings: IstioRouter;
  readonly namespace: string;
  readonly name: string;
  readonly route: RouteSpec;
  readonly names: RouteNames;
}

/** Keys that say which requests a route takes, and where they go. */
const DECISIVE: ReadonlySet<string> = new Set([
  ...['gateways', 'exportTo', 'match', 'headers', 'queryParams', 'withoutHeaders', 'fault', 'tcp', 'tls'],
  ...['mirror', 'mirrors', 'redirect', 'rewrite', 'directResponse', 'delegate', 'route', 'subset'],
]);

/**
 * A VirtualService whose destinations are the Services of revisions. Istio splits by weight over the sum of weights, so
 * that basis points are weights as they are. Services need no subsets, so that no route can name one that a proxy does not
 * know yet, which is what ends in 503 NC.
 */
export function virtualService(options: VirtualServiceOptions): RouteKind {
  const { settings, namespace, name } = options;
  const isAdopted = settings.virtualService !== null;
  return {
    reference: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', namespace, name },
    madeBy: isAdopted ? 'somebody-else' : 'router',
    capabilities: {
      shares: 'exact',
      granularityBasisPoints: 1,
      matchOn: ['header', 'cookie', 'path'],
      mirror: true,
      sticky: [],
      goals: false,
    },
    spec: (split, present) =>
      isAdopted && present ? adoptedSpec(options, split, present) : ownSpec(options, split),
    says: (actual, ordered) => covers(actual, ordered, DECISIVE),
    services: (split) => servicesBehind(options.names, split),
    backends: (present) => httpOf(present).map((route) => routeBackends(options, route)),
    unconfirmed: async (present) => unreconciled(present),
  };
}

const MATCH_ROUTE = 'sluice-match-';

function ownSpec(options: VirtualServiceOptions, split: Split): JsonObject {
  const { settings, route } = options;
  const { retries, timeoutMs, fault, gateways } = settings;
  const match = matchesBelow(route.path);
  const base: HttpRoute = {
    ...(match === undefined ? {} : { match }),
    ...(timeoutMs === null ? {} : { timeout: `${timeoutMs}ms` }),
    ...(retries === null
      ? {}
      : {
          retries: {
            attempts: retries.attempts,
            perTryTimeout: `${retries.perTryTimeoutMs}ms`,
            retryOn: retries.on,
          },
        }),
    ...(fault === null ? {} : { fault }),
  };
  return {
    hosts: hostsOf(options),
    ...(gateways.length > 0 ? { gateways } : {}),
    http: splitRoute({ ...options, prefix: MATCH_ROUTE, isWhole: true }, split, base),
  };
}

/** Callers within the mesh use the Service of the track, whatever the hosts at its gateways are. */
function hostsOf({ settings, route, names }: VirtualServiceOptions): readonly string[] {
  const hosts = settings.hosts.length > 0 || route.host === null ? settings.hosts : [route.host];
  const isMesh = settings.gateways.length === 0 || settings.gateways.includes('mesh');
  return [...new Set([...hosts, ...(isMesh || hosts.length === 0 ? [names.trackService] : [])])];
}

/**
 * Of one that was there only some routes are split: those that are named; else those that lead to the component; else the
 * only one that leads anywhere.
 */
function adoptedSpec(options: VirtualServiceOptions, split: Split, present: KubernetesObject): JsonObject {
  const kept = httpOf(present).filter(({ name }) => !name?.startsWith(MATCH_ROUTE));
  const wanted = options.settings.virtualService?.routes ?? [];
  const forwarding = kept.filter((route) => (route.route?.length ?? 0) > 0 || isStopped(route));
  const named = forwarding.filter(({ name }) => wanted.includes(name ?? ''));
  const leading = forwarding.filter(
    (route) =>
      isStopped(route) || (route.route ?? []).some(({ destination }) => isOurHost(options, destination)),
  );
  const only = forwarding.length === 1 ? forwarding : [];
  const ours = wanted.length > 0 ? named : leading.length > 0 ? leading : only;
  const missing = wanted.filter((name) => !named.some((route) => route.name === name));
  if (ours.length === 0 || missing.length > 0) throw nothingToSplit(options, present, missing);
  const isWhole = wanted.length > 0 || leading.length === 0;
  return {
    ...present.spec,
    http: kept.flatMap((route, index) =>
      ours.includes(route)
        ? splitRoute({ ...options, prefix: `${MATCH_ROUTE}${index}-`, isWhole }, split, route)
        : [route],
    ),
  };
}

function nothingToSplit(
  { names }: VirtualServiceOptions,
  { metadata }: KubernetesObject,
  missing: readonly string[],
): SluiceError {
  const why =
    missing.length > 0
      ? `has no HTTP route ${missing.join(', ')} that leads to a Service`
      : `has no HTTP route that leads to the Service ${names.trackService}; name those that are to be split`;
  return new SluiceError('invalid-input', `the VirtualService ${metadata.name} ${why}`, {
    next: 'ask-human',
  });
}

const httpOf = (present: KubernetesObject): readonly HttpRoute[] =>
  (present.spec?.['http'] as readonly HttpRoute[] | undefined) ?? [];

/** Istio says whether its proxies have a configuration where status is switched on in the mesh; else nothing is known. */
function unreconciled({ metadata, status }: KubernetesObject): string | null {
  const conditions = (status?.['conditions'] ?? []) as readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
    readonly observedGeneration?: number | string;
  }[];
  const reconciled = conditions.find(({ type }) => type === 'Reconciled');
  if (reconciled === undefined) return null;
  // A 64-bit number is a text in the JSON of protocol buffers.
  const told = reconciled.observedGeneration ?? (status?.['observedGeneration'] as string | undefined);
  const observed = Number(told ?? metadata.generation ?? 0);
  if (observed >= (metadata.generation ?? 0) && reconciled.status === 'True') return null;
  return `the mesh has not brought it to all proxies yet${reconciled.message ? ` (${reconciled.message})` : ''}`;
}
