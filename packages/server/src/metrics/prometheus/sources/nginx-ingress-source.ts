import type { CounterQuery, EvidenceSource, RevisionNames } from '../evidence-source.ts';
import { anyOf, escapeName, isServerError, onlyOne, quoted } from './revision-in-labels.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * What the ingress controller counts per Service. Requests that a canary Ingress took are counted for the Service of the
 * main Ingress, with the Service that answered in the label `canary`, as `<namespace>-<service>-<port>`
 * (kubernetes/ingress-nginx, pull request 7696). A scrape with a Service or pod of its own renames labels to `exported_…`.
 */
export function nginxIngressSource(names: readonly RevisionNames[], namespace: string): EvidenceSource {
  const services = quoted(anyOf(names.map(({ service }) => service)));
  const canaryOf = names.map(
    (name) => [name, new RegExp(`^${escapeName(`${namespace}-${name.service}`)}-[^-]+$`)] as const,
  );
  const query = (metric: string): CounterQuery => ({
    kind: 'expression',
    text: `${metric}{exported_service=~${services}} or ${metric}{service=~${services}}`,
  });
  const revisionOf = (labels: Labels) => {
    if ((labels.exported_namespace ?? labels.namespace ?? namespace) !== namespace) return null;
    const canary = labels.canary ?? '';
    if (canary !== '')
      return onlyOne(names, (name) => canaryOf.some(([of, pattern]) => of === name && pattern.test(canary)));
    return onlyOne(names, ({ service }) => service === (labels.exported_service ?? labels.service));
  };
  return {
    requests: query('nginx_ingress_controller_requests'),
    latency: query('nginx_ingress_controller_request_duration_seconds_bucket'),
    latencyUnitMs: 1000,
    revisionOf,
    roleOf: (labels) => {
      const revision = revisionOf(labels);
      return revision && { revision, requests: true, errors: isServerError(labels.status) };
    },
  };
}
