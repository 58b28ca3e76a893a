import type { JsonValue } from '@sluice/core/kernel/json.ts';
import type { GatewayRouter, IstioRouter, RouterSettings } from '../../settings/router-settings.ts';
import type { ManifestDocument } from '../adoption.ts';
import { isRecord, type ManifestPath } from '../workloads/check-shape.ts';
import { findManifest } from '../workloads/find-manifest.ts';
import { PLAIN_ISTIO } from '../workloads/find-routers.ts';
import { adoptDestinationRule, type AdoptedTrafficPolicy } from '../workloads/istio-traffic-policy.ts';
import { type ArgoAdoption, differenceOf, faultOf } from './argo-adoption.ts';
import type { TrafficRouting, VirtualServiceReference } from './rollout-spec.ts';

const PATH: ManifestPath = ['spec', 'strategy', 'canary', 'trafficRouting'];
/** The plugin of Argo that splits by routes of the Gateway API. */
const GATEWAY_PLUGIN = 'argoproj-labs/gatewayAPI';

/** Routers that Argo has and Sluice has not. */
const OTHER_ROUTERS = ['alb', 'ambassador', 'apisix', 'appMesh', 'nginx', 'smi', 'traefik'] as const;

/** Who splits the traffic of a canary; what cannot be honoured is a fault. Without any, the number of pods does. */
export function trafficRouters(
  adoption: ArgoAdoption,
  routing: TrafficRouting | undefined,
): readonly RouterSettings[] {
  if (!routing) return [{ kind: 'service' }];
  for (const other of OTHER_ROUTERS)
    if (routing[other] !== undefined)
      faultOf(
        adoption,
        [...PATH, other],
        `Sluice has no router ${other}. Route by the Gateway API (an HTTPRoute, in Argo by the plugin ${GATEWAY_PLUGIN}) or by Istio, or leave trafficRouting out, so that shares follow the number of pods.`,
      );
  const routers = [...istioRouters(adoption, routing), ...pluginRouters(adoption, routing)];
  const isOther = OTHER_ROUTERS.some((other) => routing[other] !== undefined);
  if (routers.length === 0 && !isOther && Object.keys(routing.plugins ?? {}).length === 0)
    faultOf(adoption, PATH, 'It names no router. Name one, or leave trafficRouting out.');
  return routers;
}

function istioRouters(adoption: ArgoAdoption, { istio }: TrafficRouting): readonly IstioRouter[] {
  if (!istio) return [];
  const path: ManifestPath = [...PATH, 'istio'];
  const { virtualService, virtualServices = [], destinationRule } = istio;
  if (virtualService && virtualServices.length > 0)
    faultOf(adoption, path, 'Either virtualService or virtualServices was expected, not both.');
  const references = virtualService ? [virtualService] : virtualServices;
  if (references.length === 0) faultOf(adoption, path, 'No VirtualService is named.');
  const policy = destinationRule ? policyOfRule(adoption, destinationRule.name) : {};
  return references.map((reference, index) => {
    const at = virtualService ? [...path, 'virtualService'] : [...path, 'virtualServices', index];
    checkOnlyHttp(adoption, reference, at);
    const [name, namespace] = reference.name.split('.');
    if (namespace !== undefined && namespace !== adoption.namespace)
      faultOf(
        adoption,
        [...at, 'name'],
        `Sluice changes routes of the namespace ${adoption.namespace} only.`,
      );
    const document = keepFile(adoption, 'VirtualService', name ?? '');
    return {
      ...PLAIN_ISTIO,
      virtualService: { name: name ?? '', routes: reference.routes ?? [] },
      gateways: textsAt(document, 'gateways', ['mesh']),
      hosts: textsAt(document, 'hosts', []),
      ...policy,
    };
  });
}

/** What the DestinationRule that a Rollout names goes on as. */
function policyOfRule(adoption: ArgoAdoption, name: string): Partial<AdoptedTrafficPolicy> {
  const { notes, documents, namespace, settings } = adoption;
  const rule = findManifest(documents, { kind: 'DestinationRule', name, namespace }, settings.namespace);
  if (rule === undefined) {
    differenceOf(
      adoption,
      [...PATH, 'istio', 'destinationRule'],
      `DestinationRule ${name} is not among the files. Argo’s routes lead to its subsets, those of Sluice to a Service for each revision, for which its trafficPolicy does not hold. If it has one, add its file: each revision then gets a DestinationRule with that policy.`,
    );
    return {};
  }
  return adoptDestinationRule(notes, rule);
}

function checkOnlyHttp(
  adoption: ArgoAdoption,
  { tlsRoutes, tcpRoutes }: VirtualServiceReference,
  path: ManifestPath,
): void {
  if (tlsRoutes ?? tcpRoutes)
    faultOf(
      adoption,
      [...path, tlsRoutes ? 'tlsRoutes' : 'tcpRoutes'],
      'Sluice weighs HTTP routes of a VirtualService only.',
    );
}

function pluginRouters(adoption: ArgoAdoption, { plugins = {} }: TrafficRouting): readonly GatewayRouter[] {
  return Object.entries(plugins).flatMap(([plugin, config]) => {
    const path: ManifestPath = [...PATH, 'plugins', plugin];
    if (plugin === GATEWAY_PLUGIN && isRecord(config)) return gatewayRouters(adoption, config, path);
    faultOf(
      adoption,
      path,
      `Sluice runs no plugins for routers, so it cannot split by ${plugin}. It knows what ${GATEWAY_PLUGIN} does by itself; route by the Gateway API or by Istio.`,
    );
    return [];
  });
}

/** Keys of the plugin's configuration that name routes, and their kinds. */
const ROUTE_KEYS = {
  httpRoute: 'HTTPRoute',
  httpRoutes: 'HTTPRoute',
  grpcRoute: 'GRPCRoute',
  grpcRoutes: 'GRPCRoute',
} as const;
/** Keys that change nothing for Sluice. */
const KNOWN_KEYS = new Set([
  'namespace',
  'configMap',
  'disableInProgressLabel',
  'inProgressLabelKey',
  'inProgressLabelValue',
]);

function gatewayRouters(
  adoption: ArgoAdoption,
  config: Readonly<Record<string, unknown>>,
  path: ManifestPath,
): readonly GatewayRouter[] {
  if (config['namespace'] !== undefined && config['namespace'] !== adoption.namespace)
    faultOf(
      adoption,
      [...path, 'namespace'],
      `Sluice changes routes of the namespace ${adoption.namespace} only.`,
    );
  const routers = Object.entries(config).flatMap(([key, value]) => {
    if (Object.hasOwn(ROUTE_KEYS, key))
      return routeNames(value as JsonValue).map((name) =>
        gatewayRouter(adoption, ROUTE_KEYS[key as keyof typeof ROUTE_KEYS], name),
      );
    if (!KNOWN_KEYS.has(key))
      faultOf(
        adoption,
        [...path, key],
        `Sluice splits by HTTPRoutes and GRPCRoutes; ${key} is not understood.`,
      );
    return [];
  });
  if (routers.length === 0) faultOf(adoption, path, 'It names no HTTPRoute and no GRPCRoute.');
  return routers;
}

/** A name alone, or a list of `{name}`. */
function routeNames(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) return [];
  return (value as readonly JsonValue[]).flatMap((item) =>
    isRecord(item) && typeof item['name'] === 'string' ? [item['name']] : [],
  );
}

function gatewayRouter(
  adoption: ArgoAdoption,
  route: 'HTTPRoute' | 'GRPCRoute',
  name: string,
): GatewayRouter {
  const document = keepFile(adoption, route, name);
  const parents = document?.object.spec?.['parentRefs'];
  return {
    kind: 'gateway-api',
    route,
    name,
    parents: (Array.isArray(parents) ? parents.filter(isRecord) : []).map((parent) => ({
      kind: parent['kind'] === 'Service' ? 'Service' : 'Gateway',
      name: typeof parent['name'] === 'string' ? parent['name'] : '',
      namespace: typeof parent['namespace'] === 'string' ? parent['namespace'] : null,
      section: typeof parent['sectionName'] === 'string' ? parent['sectionName'] : null,
    })),
    sessionCookie: null,
    timeoutMs: null,
  };
}

/** What is among the files stays the user's own; what is not must be in the cluster. */
function keepFile(adoption: ArgoAdoption, kind: string, name: string): ManifestDocument | undefined {
  const { notes, documents, namespace, settings } = adoption;
  const document = findManifest(documents, { kind, name, namespace }, settings.namespace);
  if (document) {
    notes.use(document);
    notes.differ(
      document,
      [],
      'It stays yours: go on applying it, without the weights. Sluice sets only where the rules that the Rollout names send requests to, and their weights.',
    );
  } else
    differenceOf(
      adoption,
      PATH,
      `${kind} ${name} is not among the files; it must be in the cluster before the first release.`,
    );
  return document;
}

function textsAt(
  document: ManifestDocument | undefined,
  key: string,
  byDefault: readonly string[],
): readonly string[] {
  const list = document?.object.spec?.[key];
  return Array.isArray(list) ? list.filter((text) => typeof text === 'string') : byDefault;
}
