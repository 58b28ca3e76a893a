import type { GatewayRouter, IstioRouter, RouterSettings } from '../../settings/router-settings.ts';
import type { ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from './adoption-notes.ts';
import type { FoundService } from './adopt-services.ts';
import type { Surroundings } from './adopt-surroundings.ts';
import { isRecord } from './check-shape.ts';
import { isUnderstood, manifestsOfKind } from './find-manifest.ts';
import { adoptDestinationRule } from './istio-traffic-policy.ts';

/** Who splits the traffic of a workload, and the Service that their routes name. */
export interface FoundRouters {
  readonly routers: readonly RouterSettings[];
  readonly service: FoundService | undefined;
  /** Host names of the route, when it has exactly one; null: any. */
  readonly host: string | null;
}

/** An Istio router that takes nothing over and sets nothing but weights. */
export const PLAIN_ISTIO: IstioRouter = {
  kind: 'istio',
  virtualService: null,
  gateways: ['mesh'],
  hosts: [],
  timeoutMs: null,
  retries: null,
  fault: null,
  outlierDetection: null,
  connectionPool: null,
  locality: null,
  mutualTls: null,
  allow: null,
};

/**
 * Routes of the files that name a Service of the workload: HTTPRoutes and GRPCRoutes of the Gateway API, VirtualServices of
 * Istio. They are taken over as they are and only their weights become Sluice's. Without any, shares follow the number of
 * pods behind the first Service.
 */
export function findRouters(
  notes: AdoptionNotes,
  around: Surroundings,
  services: readonly FoundService[],
): FoundRouters {
  const gateways = (['HTTPRoute', 'GRPCRoute'] as const).flatMap((kind) =>
    routesTo(around, services, kind, backendsOf).map((found) => ({
      ...found,
      router: gatewayRouter(notes, found.document, kind),
    })),
  );
  const meshes = routesTo(around, services, 'VirtualService', destinationsOf).map((found) => ({
    ...found,
    router: istioRouter(notes, around, found),
  }));
  const found = [...gateways, ...meshes];
  for (const { document } of found) {
    isUnderstood(notes, document);
    notes.use(document);
    notes.differ(
      document,
      [],
      'It stays yours; Sluice sets only where its rules for this workload send requests to, and their weights.',
    );
  }
  const first = found[0];
  return {
    routers: found.length > 0 ? found.map(({ router }) => router) : [{ kind: 'service' }],
    service: first?.service ?? services[0],
    host: first ? onlyHost(first.document) : null,
  };
}

function routesTo(
  { documents, namespace, byDefault }: Surroundings,
  services: readonly FoundService[],
  kind: string,
  namesIn: (document: ManifestDocument) => readonly string[],
): readonly { document: ManifestDocument; service: FoundService }[] {
  return manifestsOfKind(documents, kind, namespace, byDefault).flatMap((document) => {
    const names = namesIn(document).map((name) => name.split('.')[0]);
    const service = services.find((candidate) => names.includes(candidate.service.name));
    return service ? [{ document, service }] : [];
  });
}

const listAt = (value: unknown, key: string): readonly Record<string, unknown>[] => {
  const list = isRecord(value) ? value[key] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
};

function textAt(value: unknown, key: string): string {
  const text = isRecord(value) ? value[key] : undefined;
  return typeof text === 'string' ? text : '';
}

const backendsOf = ({ object }: ManifestDocument): readonly string[] =>
  listAt(object.spec, 'rules')
    .flatMap((rule) => listAt(rule, 'backendRefs'))
    .map((backend) => textAt(backend, 'name'));

const destinationsOf = ({ object }: ManifestDocument): readonly string[] =>
  listAt(object.spec, 'http').flatMap(hostsOf);

const hostsOf = (route: Record<string, unknown>): readonly string[] =>
  listAt(route, 'route').map(({ destination }) => textAt(destination, 'host'));

function onlyHost({ object }: ManifestDocument): string | null {
  const hosts = object.spec?.['hostnames'] ?? object.spec?.['hosts'];
  const named = Array.isArray(hosts) ? hosts.filter((host) => typeof host === 'string') : [];
  return named.length === 1 && named[0] !== '*' ? (named[0] as string) : null;
}

function gatewayRouter(
  notes: AdoptionNotes,
  document: ManifestDocument,
  route: 'HTTPRoute' | 'GRPCRoute',
): GatewayRouter {
  const parents = listAt(document.object.spec, 'parentRefs');
  if (parents.length === 0)
    notes.fault(document, ['spec', 'parentRefs'], 'A route without a parent routes nothing.');
  return {
    kind: 'gateway-api',
    route,
    name: document.object.metadata.name,
    parents: parents.map((parent) => ({
      kind: parent['kind'] === 'Service' ? 'Service' : 'Gateway',
      name: textAt(parent, 'name'),
      namespace: typeof parent['namespace'] === 'string' ? parent['namespace'] : null,
      section: typeof parent['sectionName'] === 'string' ? parent['sectionName'] : null,
    })),
    sessionCookie: null,
    timeoutMs: null,
  };
}

function istioRouter(
  notes: AdoptionNotes,
  around: Surroundings,
  { document, service: { service } }: { document: ManifestDocument; service: FoundService },
): IstioRouter {
  const all = listAt(document.object.spec, 'http');
  const ours = all.filter((route) => hostsOf(route).some((host) => host.split('.')[0] === service.name));
  const nameless = ours.findIndex(({ name }) => typeof name !== 'string');
  if (all.length > 1 && nameless >= 0)
    notes.fault(
      document,
      ['spec', 'http', all.indexOf(ours[nameless]!)],
      `This route sends requests to ${service.name} and has no name; give every such route of a VirtualService with several a name, so that Sluice knows which are its own.`,
    );
  const rule = manifestsOfKind(around.documents, 'DestinationRule', around.namespace, around.byDefault).find(
    ({ object }) => textAt(object.spec, 'host').split('.')[0] === service.name,
  );
  checkSubsets(notes, document, ours, rule);
  return {
    ...PLAIN_ISTIO,
    virtualService: {
      name: document.object.metadata.name,
      routes: ours.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])),
    },
    gateways: textsAt(document, 'gateways', ['mesh']),
    hosts: textsAt(document, 'hosts', []),
    ...(rule ? policyOf(notes, rule) : {}),
  };
}

/** Routes lead to a Service for each revision: subsets of anything else than the two versions would be lost. */
function checkSubsets(
  notes: AdoptionNotes,
  document: ManifestDocument,
  routes: readonly Record<string, unknown>[],
  rule: ManifestDocument | undefined,
): void {
  const subsets = new Set(routes.flatMap((route) => listAt(route, 'route')).map(subsetOf));
  const isNone = [...subsets].every((subset) => subset === undefined);
  if (isNone || (rule && subsets.size === 2 && !subsets.has(undefined))) return;
  notes.fault(
    document,
    ['spec', 'http'],
    'Its destinations name subsets. Sluice needs either none, or two subsets of one DestinationRule among the files: one for stable and one for the candidate.',
  );
}

function policyOf(notes: AdoptionNotes, rule: ManifestDocument) {
  isUnderstood(notes, rule);
  return adoptDestinationRule(notes, rule);
}

function subsetOf({ destination }: Record<string, unknown>): string | undefined {
  const subset = isRecord(destination) ? destination['subset'] : undefined;
  return typeof subset === 'string' ? subset : undefined;
}

function textsAt({ object }: ManifestDocument, key: string, byDefault: readonly string[]): readonly string[] {
  const list = object.spec?.[key];
  return Array.isArray(list) ? list.filter((text) => typeof text === 'string') : byDefault;
}
