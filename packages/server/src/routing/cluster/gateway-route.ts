import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { RouteSpec } from '@sluice/core/rollout/component-spec.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { GatewayRouter } from '@sluice/kubernetes/settings/router-settings.ts';
import { covers } from './covers.ts';
import { unconfirmedParent } from './gateway-parents.ts';
import { isOurs, ruleBackends, splitRule, type RouteRule } from './gateway-rules.ts';
import { type RouteKind, type RouteNames, servicesBehind } from './route-kind.ts';

/** What a route of the Gateway API is made of. */
export interface GatewayRouteOptions {
  readonly settings: GatewayRouter;
  readonly namespace: string;
  readonly name: string;
  readonly route: RouteSpec;
  readonly names: RouteNames;
}

/** Keys that say which requests a route takes, and where they go. */
const DECISIVE: ReadonlySet<string> = new Set(['hostnames', 'matches', 'filters', 'headers', 'queryParams']);

/** An HTTPRoute or GRPCRoute: weights are in basis points, and the Services of revisions are its backends. */
export function gatewayRoute(options: GatewayRouteOptions): RouteKind {
  const { settings, namespace, name } = options;
  const isAdopted = settings.name !== null;
  return {
    reference: { apiVersion: 'gateway.networking.k8s.io/v1', kind: settings.route, namespace, name },
    madeBy: isAdopted ? 'somebody-else' : 'router',
    capabilities: {
      shares: 'exact',
      granularityBasisPoints: 1,
      matchOn: settings.route === 'HTTPRoute' ? ['header', 'cookie', 'path'] : ['header', 'cookie'],
      mirror: true,
      sticky: [],
      goals: false,
    },
    spec: (split, present) =>
      isAdopted && present ? adoptedSpec(options, split, present) : ownSpec(options, split),
    says: (actual, ordered) => covers(actual, ordered, DECISIVE),
    services: (split) => servicesBehind(options.names, split),
    backends: (present) => rulesOf(present).map((rule) => ruleBackends(options, rule)),
    unconfirmed: async (present) => unconfirmedParent(present),
  };
}

function ownSpec(options: GatewayRouteOptions, split: Split): JsonObject {
  const { settings, route, namespace } = options;
  const isHttp = settings.route === 'HTTPRoute';
  const rule: RouteRule = {
    ...(isHttp ? { matches: [{ path: { type: 'PathPrefix', value: route.path } }] } : {}),
    ...(settings.timeoutMs === null || !isHttp
      ? {}
      : { timeouts: { request: gatewayDuration(settings.timeoutMs) } }),
    ...(settings.sessionCookie === null
      ? {}
      : { sessionPersistence: { type: 'Cookie', sessionName: settings.sessionCookie } }),
  };
  return {
    parentRefs: settings.parents.map((parent) => ({
      group: parent.kind === 'Service' ? '' : 'gateway.networking.k8s.io',
      kind: parent.kind,
      name: parent.name,
      namespace: parent.namespace ?? namespace,
      ...(parent.section === null ? {} : { sectionName: parent.section }),
    })),
    ...(route.host === null ? {} : { hostnames: [route.host] }),
    rules: splitRule({ ...options, prefix: null }, split, rule),
  };
}

const MATCH_RULE = 'sluice-match-';

/** Rules that lead to the component's own Services are split; all others, and all else of these, stay as they are. */
function adoptedSpec(options: GatewayRouteOptions, split: Split, present: KubernetesObject): JsonObject {
  // What was added for matches goes, and is made anew from the rule that it stands before.
  const kept = rulesOf(present).filter(({ name }) => !name?.startsWith(MATCH_RULE));
  const leadsToUs = (rule: RouteRule): boolean =>
    rule.backendRefs?.some((ref) => isOurs(options, ref)) ?? false;
  if (!kept.some(leadsToUs))
    throw new SluiceError(
      'invalid-input',
      `no rule of the ${present.kind} ${present.metadata.name} leads to the Service ${options.names.trackService}, so there is nothing to split`,
      { next: 'ask-human' },
    );
  return {
    ...present.spec,
    rules: kept.flatMap((rule, index) =>
      leadsToUs(rule) ? splitRule({ ...options, prefix: `${MATCH_RULE}${index}-` }, split, rule) : [rule],
    ),
  };
}

const rulesOf = (present: KubernetesObject): readonly RouteRule[] =>
  (present.spec?.['rules'] as readonly RouteRule[] | undefined) ?? [];

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** A duration as the Gateway API writes it (GEP-2257), of whose numbers none may have more than five digits. */
export function gatewayDuration(timeoutMs: number): string {
  let left = timeoutMs;
  const parts = UNITS.map(([unit, ms]) => {
    const count = Math.floor(left / ms);
    left -= count * ms;
    return count === 0 ? '' : `${count}${unit}`;
  });
  return parts.join('') || '0s';
}
