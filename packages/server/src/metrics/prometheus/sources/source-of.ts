import type { MetricsSource } from '@sluice/kubernetes/settings/metrics-settings.ts';
import type { EvidenceSource, RevisionNames } from '../evidence-source.ts';
import { applicationSource } from './application-source.ts';
import { envoyGatewaySource } from './envoy-gateway-source.ts';
import { istioSource } from './istio-source.ts';
import { linkerdSource } from './linkerd-source.ts';
import { nginxIngressSource } from './nginx-ingress-source.ts';
import { queriesSource } from './queries-source.ts';

/**
 * Where the evidence of some revisions is found, by the settings of their component.
 * @throws SluiceError `invalid-input` for a query by hand that cannot tell revisions apart
 */
export function sourceOf(
  settings: MetricsSource,
  names: readonly RevisionNames[],
  namespace: string,
): EvidenceSource {
  switch (settings.kind) {
    case 'istio':
      return istioSource(names, namespace);
    case 'linkerd':
      return linkerdSource(names, namespace);
    case 'nginx-ingress':
      return nginxIngressSource(names, namespace);
    case 'envoy-gateway':
      return envoyGatewaySource(names);
    case 'application':
      return applicationSource(names, namespace, settings);
    case 'queries':
      return queriesSource(names, namespace, settings);
  }
}
