import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { MetricsSource } from '@sluice/kubernetes/settings/metrics-settings.ts';
import type { EvidenceSource, RevisionNames } from '../evidence-source.ts';
import { podPattern, quoted } from './revision-in-labels.ts';

type QuerySettings = Extract<MetricsSource, { kind: 'queries' }>;

const OF = 'sluice_revision';
const COUNTS = 'sluice_counts';
const NAMES_REVISION = /\{\{\s*(pods|service|revision)\s*\}\}/;

/**
 * Queries that were written by hand, once for each revision and joined with `or`, so that the number of requests to
 * Prometheus does not grow with the revisions.
 * @throws SluiceError `invalid-input` for a query that would give the same for every revision
 */
export function queriesSource(
  names: readonly RevisionNames[],
  namespace: string,
  settings: QuerySettings,
): EvidenceSource {
  const each = (query: string, counts: string): readonly string[] =>
    names.map((name) => labelled(filled(query, name, namespace), name.revision, counts));
  const joined = (parts: readonly string[]) => ({ kind: 'expression', text: parts.join(' or ') }) as const;
  const revisionOf = (labels: Readonly<Record<string, string>>) =>
    names.find(({ revision }) => revision === labels[OF])?.revision ?? null;
  const { requests, errors, latency } = settings;
  return {
    requests: joined([...each(requests, 'requests'), ...each(errors, 'errors')]),
    latency: latency === null ? null : joined(each(latency, 'latency')),
    latencyUnitMs: 1000,
    revisionOf,
    roleOf: (labels) => {
      const revision = revisionOf(labels);
      const errors = labels[COUNTS] === 'errors';
      return revision && { revision, requests: !errors, errors };
    },
  };
}

/** Puts the names of a revision into a query. */
function filled(query: string, name: RevisionNames, namespace: string): string {
  if (!NAMES_REVISION.test(query))
    throw new SluiceError(
      'invalid-input',
      `the query \`${query}\` gives the same for every revision; use {{pods}}, {{service}} or {{revision}} in it`,
      { next: 'ask-human' },
    );
  const values: Readonly<Record<string, string>> = {
    pods: podPattern(name.workload),
    service: name.service,
    revision: name.revision,
    namespace,
  };
  return query.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (whole, key: string) => values[key] ?? whole);
}

const labelled = (query: string, revision: string, counts: string): string =>
  `label_replace(label_replace((${query}), "${OF}", ${quoted(revision)}, "", ""), "${COUNTS}", "${counts}", "", "")`;
