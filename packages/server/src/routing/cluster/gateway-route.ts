import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { RouteSpec } from '@sluice/core/rollout/component-spec.ts';
import type { Match, MatchCondition, Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { GatewayRouter } from '@sluice/kubernetes/settings/router-settings.ts';
import { cookiePattern, valuePattern } from './match-patterns.ts';
import type { BackendWeights, RouteKind, RouteNames } from './route-kind.ts';

/** What a route of the Gateway API is made of. */
export interface GatewayRouteOptions {
  readonly settings: GatewayRouter;
  readonly namespace: string;
  readonly name: string;
  readonly route: RouteSpec;
  readonly names: RouteNames;
}

interface BackendRef extends JsonObject {
  readonly name: string;
  readonly port?: number;
  readonly weight?: number;
}

interface Rule extends JsonObject {
  readonly name?: string;
  readonly matches?: readonly JsonObject[];
  readonly filters?: readonly JsonObject[];
  readonly backendRefs?: readonly BackendRef[];
}

/** An HTTPRoute or GRPCRoute: weights are in basis points, and the Services of revisions are its backends. */
export function gatewayRoute(options: GatewayRouteOptions): RouteKind {
  const { settings, namespace, name } = options;
  const isAdopted = settings.name !== null;
  return {
    reference: { apiVersion: 'gateway.networking.k8s.io/v1', kind: settings.route, namespace, name },
    isAdopted,
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
    backends: (present) => rulesOf(present).flatMap(backendsOf),
    unconfirmed: async (present) => unconfirmedParent(present),
  };
}

function ownSpec(options: GatewayRouteOptions, split: Split): JsonObject {
  const { settings, route, namespace } = options;
  const base =
    settings.route === 'HTTPRoute' ? [{ path: { type: 'PathPrefix', value: route.path } }] : undefined;
  return {
    parentRefs: settings.parents.map((parent) => ({
      group: parent.kind === 'Service' ? '' : 'gateway.networking.k8s.io',
      kind: parent.kind,
      name: parent.name,
      namespace: parent.namespace ?? namespace,
      ...(parent.section === null ? {} : { sectionName: parent.section }),
    })),
    ...(route.host === null ? {} : { hostnames: [route.host] }),
    rules: splitRules(options, split, base === undefined ? {} : { matches: base }).map((rule) => ({
      ...rule,
      ...(settings.timeoutMs === null || settings.route !== 'HTTPRoute'
        ? {}
        : { timeouts: { request: `${settings.timeoutMs}ms` } }),
      ...(settings.sessionCookie === null
        ? {}
        : { sessionPersistence: { type: 'Cookie', sessionName: settings.sessionCookie } }),
    })),
  };
}

/** Rules that lead to the component's own Services are split; all others, and all else of these, stay as they are. */
function adoptedSpec(options: GatewayRouteOptions, split: Split, present: KubernetesObject): JsonObject {
  const ours = present.metadata.annotations?.['sluice.dev/backends']?.split(',') ?? [];
  const known = new Set([options.names.trackService, ...ours]);
  const isOurs = (rule: Rule): boolean => rule.backendRefs?.some(({ name }) => known.has(name)) ?? false;
  const rules = rulesOf(present);
  // What was added for matches goes, and is made anew from the rule that it stands before.
  const kept = rules.filter((rule) => !isAddedForMatch(rule));
  return {
    ...present.spec,
    rules: kept.flatMap((rule) => (isOurs(rule) ? splitRules(options, split, rule) : [rule])),
  };
}

const MATCH_RULE = /^sluice-match-\d+$/;
const isAddedForMatch = (rule: Rule): boolean => MATCH_RULE.test(rule.name ?? '');

/** A rule in front for each match, and the rule itself with the weights. */
function splitRules({ settings, names }: GatewayRouteOptions, split: Split, rule: Rule): readonly Rule[] {
  const backend = (revision: Split['weights'][number]['revision']): BackendRef => ({
    name: names.serviceOf(revision),
    port: names.port,
  });
  const mirror = split.mirror && {
    type: 'RequestMirror',
    requestMirror: {
      backendRef: backend(split.mirror.revision),
      fraction: { numerator: split.mirror.basisPoints, denominator: WHOLE_BASIS_POINTS },
    },
  };
  const filters = [
    ...(rule.filters ?? []).filter(({ type }) => type !== 'RequestMirror'),
    ...(mirror ? [mirror] : []),
  ];
  const main: Rule = {
    ...rule,
    ...(filters.length > 0 ? { filters } : {}),
    backendRefs: split.weights.map(({ revision, basisPoints }) => ({
      ...backend(revision),
      weight: basisPoints,
    })),
  };
  if (filters.length === 0) delete (main as { filters?: unknown }).filters;
  const matched = split.matches.map(
    (match, index): Rule => ({
      ...rule,
      ...(settings.name === null ? {} : { name: `sluice-match-${index}` }),
      matches: matchesOf(rule, match),
      backendRefs: [{ ...backend(match.revision), weight: 1 }],
    }),
  );
  return [...matched, main];
}

/** A match of ours together with each of the rule's own. */
function matchesOf(rule: Rule, { conditions }: Match): readonly JsonObject[] {
  const headers = conditions.filter(({ on }) => on !== 'path').map(headerMatch);
  const path = conditions.find(({ on }) => on === 'path');
  return (rule.matches ?? [{}]).map((own) => ({
    ...own,
    ...(path === undefined ? {} : { path: pathMatch(path) }),
    headers: [...((own['headers'] as readonly JsonObject[] | undefined) ?? []), ...headers],
  }));
}

const pathMatch = (condition: MatchCondition): JsonObject =>
  condition.equals === undefined && condition.prefix === undefined
    ? { type: 'RegularExpression', value: valuePattern(condition) }
    : {
        type: condition.equals === undefined ? 'PathPrefix' : 'Exact',
        value: condition.equals ?? condition.prefix ?? '/',
      };

function headerMatch(condition: MatchCondition): JsonObject {
  if (condition.on === 'cookie')
    return { type: 'RegularExpression', name: 'Cookie', value: cookiePattern(condition) };
  return condition.equals === undefined
    ? { type: 'RegularExpression', name: condition.name ?? '', value: valuePattern(condition) }
    : { type: 'Exact', name: condition.name ?? '', value: condition.equals };
}

const rulesOf = (present: KubernetesObject): readonly Rule[] =>
  (present.spec?.['rules'] as readonly Rule[] | undefined) ?? [];

function backendsOf({ backendRefs = [], filters = [] }: Rule): BackendWeights {
  const mirrored = filters.flatMap(({ requestMirror }) => {
    const { backendRef } = (requestMirror ?? {}) as { backendRef?: BackendRef };
    return backendRef ? [{ service: backendRef.name, weight: 0 }] : [];
  });
  return [...backendRefs.map(({ name, weight = 1 }) => ({ service: name, weight })), ...mirrored];
}

type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
};

/** Gateways say of each parent whether they have taken this generation of the route. */
function unconfirmedParent({ metadata, status }: KubernetesObject): string | null {
  const parents = (status?.['parents'] ?? []) as readonly {
    readonly parentRef: { readonly name: string };
    readonly conditions?: readonly Condition[];
  }[];
  if (parents.length === 0) return 'no gateway has taken the route up (status.parents is empty)';
  for (const { parentRef, conditions = [] } of parents)
    for (const type of ['Accepted', 'ResolvedRefs']) {
      const condition = conditions.find((one) => one.type === type);
      if (condition === undefined || (condition.observedGeneration ?? 0) < (metadata.generation ?? 0))
        return `${parentRef.name} has not looked at the route yet (${type})`;
      if (condition.status !== 'True')
        return `${parentRef.name} has refused the route (${type}: ${condition.reason ?? 'no reason'}${condition.message ? `, ${condition.message}` : ''})`;
    }
  return null;
}
