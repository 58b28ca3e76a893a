import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { shareOf, type Split } from '@sluice/core/traffic/split.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { namedRevisions, reachedRevisions } from './reached-revisions.ts';
import type { RouteNames } from './route-kind.ts';
import { servingPods } from './serving-endpoints.ts';

/** What admitting a split needs. */
export interface AdmitPorts {
  readonly client: Pick<ClusterClient, 'list' | 'read'>;
  readonly namespace: string;
  readonly names: RouteNames;
}

/**
 * Refuses a split that names a revision without a Service, to which routes would end in errors, or that gives a revision
 * without a ready pod more than it has, while another one of this split or the last has some. When none is ready anywhere nothing is
 * gained by a refusal.
 * @throws SluiceError `not-found`
 */
export async function admitRevisions(
  { client, namespace, names }: AdmitPorts,
  split: Split,
  ordered: Split,
): Promise<void> {
  const { weights } = split;
  const revisions = namedRevisions(split);
  for (const revision of reachedRevisions(split)) {
    const name = names.serviceOf(revision);
    const service = await client.read({ apiVersion: 'v1', kind: 'Service', namespace, name });
    if (service === undefined || service.metadata.deletionTimestamp !== undefined)
      throw refused(`${revision} has no Service ${name} in ${namespace}`);
  }
  const gaining = weights.filter(({ revision, basisPoints }) => basisPoints > shareOf(ordered, revision));
  if (gaining.length === 0) return;
  const all = [...revisions, ...ordered.weights.map(({ revision }) => revision)];
  const serving = await servingPods(client, namespace, [...new Set(all.map(names.serviceOf))]);
  const isReady = (revision: (typeof revisions)[number]): boolean =>
    (serving.get(names.serviceOf(revision))?.length ?? 0) > 0;
  if (!all.some(isReady)) return;
  const unready = gaining.find(({ revision }) => !isReady(revision));
  if (unready) throw refused(`${unready.revision} has no ready pod, and others have`);
}

const refused = (why: string): SluiceError =>
  new SluiceError('not-found', `the split is not ordered: ${why}`, { next: 'retry' });
