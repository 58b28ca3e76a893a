import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { IstioRouter } from '../../settings/router-settings.ts';
import type { ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from './adoption-notes.ts';
import { isRecord, type ManifestPath } from './check-shape.ts';

/** What of a traffic policy of Istio goes into settings. */
export type AdoptedTrafficPolicy = Pick<IstioRouter, 'outlierDetection' | 'connectionPool' | 'locality'>;

/** Modes in which Istio's sidecars agree on TLS by themselves, or would without being told. */
const AUTOMATIC_TLS = ['DISABLE', 'ISTIO_MUTUAL'];

/**
 * The policy of a DestinationRule as settings. Routes of Sluice lead to a host for each revision, so that the rule itself
 * holds for nobody any more; what it says goes on in those of the revisions.
 */
export function adoptDestinationRule(
  notes: AdoptionNotes,
  rule: ManifestDocument,
): Partial<AdoptedTrafficPolicy> {
  notes.use(rule);
  const { trafficPolicy, subsets } = rule.object.spec ?? {};
  const isKept = isRecord(trafficPolicy);
  notes.differ(
    rule,
    [],
    `Nothing in it is changed, and nothing of it holds for the component any more: routes lead to a Service for each revision, and to no subset.${isKept ? ' Its trafficPolicy goes on in a DestinationRule for each revision.' : ''}`,
  );
  for (const [index, subset] of (Array.isArray(subsets) ? subsets : []).entries())
    if (isRecord(subset) && subset['trafficPolicy'] !== undefined)
      notes.differ(
        rule,
        ['spec', 'subsets', index, 'trafficPolicy'],
        'It is left out: in Sluice a revision has the same policy as candidate and as stable, that of the whole rule.',
      );
  return isKept ? istioTrafficPolicy(notes, rule, ['spec', 'trafficPolicy'], trafficPolicy) : {};
}

/** A `trafficPolicy` as settings. What decides over single requests and cannot be kept is a fault. */
export function istioTrafficPolicy(
  notes: AdoptionNotes,
  document: ManifestDocument,
  path: ManifestPath,
  policy: Readonly<Record<string, unknown>>,
): AdoptedTrafficPolicy {
  const balancer = isRecord(policy['loadBalancer']) ? policy['loadBalancer'] : {};
  const at = (key: string): ManifestPath => [...path, key];
  tellOfTls(notes, document, at('tls'), policy['tls']);
  if (balancer['consistentHash'] !== undefined)
    notes.fault(
      document,
      [...path, 'loadBalancer', 'consistentHash'],
      'Sluice sets no hash over the pods of a revision. Keep users on a revision by a sticky split, or write a DestinationRule of your own for the per-revision hosts.',
    );
  if (balancer['simple'] !== undefined || balancer['warmupDurationSecs'] !== undefined)
    notes.differ(
      document,
      at('loadBalancer'),
      'Sluice leaves the choice among the pods of a revision as Istio has it by default (least requests, no warm-up).',
    );
  const known = ['tls', 'loadBalancer', 'outlierDetection', 'connectionPool'];
  for (const key of Object.keys(policy).filter((key) => !known.includes(key)))
    notes.fault(document, at(key), `Sluice cannot keep \`${key}\` of a traffic policy; leave it out.`);
  return {
    outlierDetection: objectOrNull(policy['outlierDetection']),
    connectionPool: objectOrNull(policy['connectionPool']),
    locality: objectOrNull(balancer['localityLbSetting']),
  };
}

function tellOfTls(notes: AdoptionNotes, document: ManifestDocument, path: ManifestPath, tls: unknown): void {
  if (!isRecord(tls)) return;
  const mode = typeof tls['mode'] === 'string' ? tls['mode'] : 'none';
  if (!AUTOMATIC_TLS.includes(mode))
    notes.fault(
      document,
      path,
      `Sluice writes no TLS settings to a DestinationRule, and mode ${mode} needs some. Use Istio’s mutual TLS (PeerAuthentication).`,
    );
  else
    notes.differ(
      document,
      path,
      'Sluice writes no TLS mode: Istio’s sidecars use mutual TLS with each other and plain text with pods that have none.',
    );
}

const objectOrNull = (value: unknown): JsonObject | null => (isRecord(value) ? (value as JsonObject) : null);
