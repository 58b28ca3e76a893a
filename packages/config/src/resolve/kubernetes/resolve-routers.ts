import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { RouteSpec } from '@sluice/core/rollout/component-spec.ts';
import type {
  GatewayRouter,
  IstioRouter,
  RouterSettings,
} from '@sluice/kubernetes/settings/router-settings.ts';
import { DEFAULTS } from '../../language/defaults.ts';
import type { RouterInput, RoutersInput } from '../../language/kubernetes/router-language.ts';
import { defaultMs } from '../default-value.ts';
import { listOf } from '../strategy-body.ts';

/** What routers take from the component. */
export interface RoutedComponent {
  readonly route: RouteSpec;
  /** `timeout` of the component where it is written. */
  readonly timeoutMs: number | null;
}

/** Who splits the traffic of a component, from the edge inwards; a plain Service when nobody is named. */
export function resolveRouters(
  routers: RoutersInput | undefined,
  component: RoutedComponent,
): readonly RouterSettings[] {
  const written = listOf<RouterInput>(routers);
  if (written.length === 0) return [{ kind: 'service' }];
  return written.map((router) => resolveRouter(router, component));
}

function resolveRouter(router: RouterInput, component: RoutedComponent): RouterSettings {
  if (router === 'service') return { kind: 'service' };
  if (router === 'istio') return istioRouter({}, component);
  if (router === 'gateway-api') return gatewayRouter({}, component);
  if (router.istio !== undefined) return istioRouter(router.istio, component);
  return gatewayRouter(router['gateway-api'] ?? {}, component);
}

type GatewayInput = NonNullable<Exclude<RouterInput, string>['gateway-api']>;
type IstioInput = NonNullable<Exclude<RouterInput, string>['istio']>;
type ParentInput = Exclude<NonNullable<GatewayInput['parents']>, readonly unknown[]>;

function gatewayRouter(written: GatewayInput, { timeoutMs }: RoutedComponent): GatewayRouter {
  return {
    kind: 'gateway-api',
    route: written.route ?? 'HTTPRoute',
    name: written.name ?? null,
    parents: listOf<ParentInput>(written.parents).map(resolveParent),
    sessionCookie: written['session-cookie'] ?? null,
    timeoutMs: written.timeout ?? timeoutMs,
  };
}

function resolveParent(parent: ParentInput): GatewayRouter['parents'][number] {
  const long = typeof parent === 'string' ? { gateway: parent } : parent;
  const [name = '', namespace] = (long.gateway ?? long.service ?? '').split('/').toReversed();
  return {
    kind: long.gateway === undefined ? 'Service' : 'Gateway',
    name,
    namespace: namespace ?? null,
    section: long.section ?? null,
  };
}

function istioRouter(written: IstioInput, { route, timeoutMs }: RoutedComponent): IstioRouter {
  const virtualService = written['virtual-service'];
  return {
    kind: 'istio',
    virtualService:
      virtualService === undefined
        ? null
        : typeof virtualService === 'string'
          ? { name: virtualService, routes: [] }
          : { name: virtualService.name, routes: virtualService.routes ?? [] },
    gateways: listOf<string>(written.gateways ?? 'mesh'),
    hosts: listOf<string>(written.hosts ?? route.host ?? []),
    timeoutMs: written.timeout ?? timeoutMs,
    retries: resolveRetries(written.retries),
    fault: objectPart(written.fault),
    outlierDetection: objectPart(written['outlier-detection']),
    connectionPool: objectPart(written['connection-pool']),
    locality: objectPart(written.locality),
    mutualTls: written['mutual-tls'] ?? null,
    allow: written.allow?.map((rule) => rule as JsonObject) ?? null,
  };
}

function resolveRetries(retries: IstioInput['retries']): IstioRouter['retries'] {
  if (retries === undefined) return null;
  const byDefault = DEFAULTS.kubernetes.retries;
  return {
    attempts: retries.attempts,
    perTryTimeoutMs: retries['per-try-timeout'] ?? defaultMs(byDefault.perTryTimeout),
    on: retries.on ?? byDefault.on,
  };
}

/** The reader took it as plain JSON. */
const objectPart = (part: Readonly<Record<string, unknown>> | undefined): JsonObject | null =>
  part === undefined ? null : (part as JsonObject);
