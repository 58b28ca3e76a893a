import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { RouteSpec } from '@sluice/core/rollout/component-spec.ts';
import type { Match, MatchCondition, Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { IstioRouter } from '@sluice/kubernetes/settings/router-settings.ts';
import { cookiePattern, literally } from './match-patterns.ts';
import type { BackendWeights, RouteKind, RouteNames } from './route-kind.ts';

/** What a VirtualService is made of. */
export interface VirtualServiceOptions {
  readonly settings: IstioRouter;
  readonly namespace: string;
  readonly name: string;
  readonly route: RouteSpec;
  readonly names: RouteNames;
}

interface Destination extends JsonObject {
  readonly destination: { readonly host: string; readonly subset?: string; readonly port?: JsonObject };
  readonly weight?: number;
}

interface HttpRoute extends JsonObject {
  readonly name?: string;
  readonly match?: readonly JsonObject[];
  readonly route?: readonly Destination[];
  readonly mirror?: Destination['destination'];
}

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
    isAdopted,
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
    backends: (present) => httpOf(present).flatMap(backendsOf),
    unconfirmed: async (present) => unreconciled(present),
  };
}

function ownSpec(options: VirtualServiceOptions, split: Split): JsonObject {
  const { settings, names, route } = options;
  const hosts = settings.hosts.length > 0 ? settings.hosts : [route.host ?? names.trackService];
  const { retries, timeoutMs, fault } = settings;
  const base: HttpRoute = {
    ...(route.path === '/' ? {} : { match: [{ uri: { prefix: route.path } }] }),
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
    hosts,
    ...(settings.gateways.length > 0 ? { gateways: settings.gateways } : {}),
    http: splitRoutes(options, split, base),
  };
}

/** Of one that was there only the routes that are named are split, or all of them where none is. */
function adoptedSpec(options: VirtualServiceOptions, split: Split, present: KubernetesObject): JsonObject {
  const { routes = [] } = options.settings.virtualService ?? {};
  const isOurs = ({ name }: HttpRoute): boolean =>
    routes.length === 0 || (name !== undefined && routes.includes(name));
  const kept = httpOf(present).filter(({ name }) => !ADDED.test(name ?? ''));
  return {
    ...present.spec,
    http: kept.flatMap((route) => (isOurs(route) ? splitRoutes(options, split, route) : [route])),
  };
}

const ADDED = /^sluice-match-\d+$/;

function splitRoutes({ names }: VirtualServiceOptions, split: Split, base: HttpRoute): readonly HttpRoute[] {
  const { mirror: _mirror, mirrorPercentage: _percentage, mirrors: _mirrors, ...rest } = base;
  const destination = (revision: Split['weights'][number]['revision']): Destination['destination'] => ({
    host: names.serviceOf(revision),
    port: { number: names.port },
  });
  const matched = split.matches.map(
    (match, index): HttpRoute => ({
      ...rest,
      name: `sluice-match-${index}`,
      match: matchesOf(base, match),
      route: [{ destination: destination(match.revision) }],
    }),
  );
  const main: HttpRoute =
    split.weights.length === 0
      ? { ...rest, directResponse: { status: 503 } }
      : {
          ...rest,
          route: split.weights.map(({ revision, basisPoints }) => ({
            destination: destination(revision),
            weight: basisPoints,
          })),
        };
  const mirror = split.mirror
    ? {
        mirror: destination(split.mirror.revision),
        mirrorPercentage: { value: (100 * split.mirror.basisPoints) / WHOLE_BASIS_POINTS },
      }
    : {};
  return [...matched, { ...main, ...mirror }];
}

function matchesOf({ match = [{}] }: HttpRoute, { conditions }: Match): readonly JsonObject[] {
  const headers = Object.fromEntries(
    conditions
      .filter(({ on }) => on !== 'path')
      .map((condition) => [
        condition.on === 'cookie' ? 'cookie' : (condition.name ?? ''),
        textMatch(condition),
      ]),
  );
  const path = conditions.find(({ on }) => on === 'path');
  return match.map((own) => ({
    ...own,
    ...(path === undefined ? {} : { uri: textMatch(path) }),
    ...(Object.keys(headers).length === 0
      ? {}
      : { headers: { ...(own['headers'] as JsonObject | undefined), ...headers } }),
  }));
}

function textMatch(condition: MatchCondition): JsonObject {
  if (condition.on === 'cookie') return { regex: cookiePattern(condition) };
  if (condition.equals !== undefined) return { exact: condition.equals };
  if (condition.prefix !== undefined) return { prefix: condition.prefix };
  return { regex: `(${(condition.oneOf ?? []).map(literally).join('|')})` };
}

const httpOf = (present: KubernetesObject): readonly HttpRoute[] =>
  (present.spec?.['http'] as readonly HttpRoute[] | undefined) ?? [];

function backendsOf({ route = [], mirror }: HttpRoute): BackendWeights {
  const mirrored = mirror ? [{ service: mirror.host, weight: 0 }] : [];
  const weights = route.map(({ destination, weight }) => ({
    service: destination.host,
    weight: weight ?? (route.length === 1 ? 1 : 0),
  }));
  return [...weights, ...mirrored];
}

/** Istio says whether its proxies have a configuration where status is switched on in the mesh; else nothing is known. */
function unreconciled({ metadata, status }: KubernetesObject): string | null {
  const conditions = (status?.['conditions'] ?? []) as readonly {
    type: string;
    status: string;
    message?: string;
  }[];
  const reconciled = conditions.find(({ type }) => type === 'Reconciled');
  if (reconciled === undefined) return null;
  const observed = Number(status?.['observedGeneration'] ?? metadata.generation ?? 0);
  if (observed >= (metadata.generation ?? 0) && reconciled.status === 'True') return null;
  return `the mesh has not brought it to all proxies yet${reconciled.message ? ` (${reconciled.message})` : ''}`;
}
