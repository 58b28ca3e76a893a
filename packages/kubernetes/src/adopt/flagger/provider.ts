import type { AdoptionNotes } from '../workloads/adoption-notes.ts';
import type { ManifestDocument } from '../adoption.ts';
import type { CountedBy } from './builtin-queries.ts';
import type { CanarySpec } from './canary-spec.ts';

/** Who shifts the requests of a Canary, as far as Sluice can do the same. */
export type Provider = 'istio' | 'gateway-api' | 'linkerd' | 'kubernetes';

/** Whose figures are read for each. */
export const COUNTED_BY: Readonly<Record<Provider, CountedBy>> = {
  istio: 'istio',
  linkerd: 'linkerd',
  'gateway-api': 'application',
  kubernetes: 'application',
};

/** What to do about those that Sluice has no router for. */
const REMEDIES: Readonly<Record<string, string>> = {
  nginx:
    'Sluice does not write canary annotations of ingress-nginx. Let a controller of the Gateway API take the requests (for example NGINX Gateway Fabric or Envoy Gateway) and write provider: gatewayapi:v1 with gatewayRefs, or write provider: kubernetes for a blue-green release without weights.',
  contour: throughGateway('Contour'),
  traefik: throughGateway('Traefik'),
  gloo: throughGateway('Gloo Gateway (kgateway)'),
  kuma: throughGateway('Kuma'),
  apisix: throughGateway('APISIX'),
  skipper: elsewhere('Skipper'),
  knative: elsewhere('Knative'),
  appmesh: elsewhere('App Mesh'),
  osm: elsewhere('Open Service Mesh'),
  smi: elsewhere('an SMI TrafficSplit'),
};

function throughGateway(name: string): string {
  return `Sluice does not write the objects of ${name}, but ${name} serves the Gateway API: make a Gateway and write provider: gatewayapi:v1 with gatewayRefs.`;
}

function elsewhere(name: string): string {
  return `Sluice does not write what ${name} reads. Write provider: gatewayapi:v1 with gatewayRefs, provider: istio, or provider: kubernetes for a blue-green release without weights.`;
}

/** The provider of a Canary; undefined after a fault. What it does not say is told, since Flagger takes it from a flag. */
export function providerOf(
  notes: AdoptionNotes,
  document: ManifestDocument,
  spec: CanarySpec,
): Provider | undefined {
  const { provider } = spec;
  const path = ['spec', 'provider'];
  if (provider === undefined) return assumedProvider(notes, document, spec);
  if (provider === 'istio' || provider === 'kubernetes') return provider;
  if (provider === 'gatewayapi:v1') return 'gateway-api';
  if (provider === 'gatewayapi:v1beta1') {
    notes.differ(document, path, 'Sluice writes HTTPRoutes of gateway.networking.k8s.io/v1, not v1beta1.');
    return 'gateway-api';
  }
  if (provider === 'linkerd') {
    notes.differ(
      document,
      path,
      'Flagger splits by an SMI TrafficSplit; Sluice writes an HTTPRoute whose parent is the Service, which Linkerd reads from 2.14 on.',
    );
    return 'linkerd';
  }
  notes.fault(document, path, REMEDIES[provider.split(':')[0] ?? ''] ?? elsewhere(provider));
  return undefined;
}

function assumedProvider(
  notes: AdoptionNotes,
  document: ManifestDocument,
  spec: CanarySpec,
): Provider | undefined {
  if (spec.ingressRef) {
    notes.fault(document, ['spec', 'ingressRef'], REMEDIES['nginx'] ?? '');
    return undefined;
  }
  if (spec.routeRef || spec.upstreamRef) {
    const [key, remedy] = spec.routeRef ? ['routeRef', 'apisix'] : ['upstreamRef', 'gloo'];
    notes.fault(document, ['spec', key!], REMEDIES[remedy!] ?? '');
    return undefined;
  }
  const assumed = (spec.service?.gatewayRefs?.length ?? 0) > 0 ? 'gateway-api' : 'istio';
  const why = assumed === 'gateway-api' ? 'because of gatewayRefs' : 'as Flagger does unless told otherwise';
  notes.differ(
    document,
    ['spec'],
    `It names no provider, which Flagger then takes from its own flag -mesh-provider; Sluice takes ${assumed === 'istio' ? 'istio' : 'gatewayapi:v1'}, ${why}. Write spec.provider where that is wrong.`,
  );
  return assumed;
}
