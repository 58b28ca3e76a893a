import type { Instant } from '@sluice/core/kernel/instant.ts';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { REVISION } from '@sluice/kubernetes/objects/labels.ts';
import { revisionLabel } from '@sluice/kubernetes/objects/names.ts';
import type { TargetRevision } from '../../target.ts';
import { observeRevision, type RevisionFacts } from '../observe-revision.ts';
import { orderMarks } from '../order-marks.ts';
import { type InPlaceOrder, marksOn, podsOf } from './in-place-marks.ts';

/**
 * The revisions of a workload: those with orders that stand, and those that have pods left. Pods from before the adoption
 * belong to nobody and are not told; the first release replaces them.
 */
export function observeInPlace(
  workload: KubernetesObject | undefined,
  pods: readonly KubernetesObject[],
  facts: RevisionFacts,
): Readonly<Record<string, TargetRevision>> {
  if (workload === undefined) return {};
  const { orders } = marksOn(workload);
  const standing = Object.keys(orders).filter((id) => orders[id]?.isRetired === false);
  const present = pods.flatMap(({ metadata }) => metadata.annotations?.[REVISION] ?? []);
  return Object.fromEntries(
    [...new Set([...standing, ...present])].map((id) => {
      const own = pods.filter(
        ({ metadata }) => metadata.labels?.[REVISION] === revisionLabel(revisionId(id)),
      );
      return [id, observed(workload, orders[id], own, facts)];
    }),
  );
}

function observed(
  workload: KubernetesObject,
  order: InPlaceOrder | undefined,
  pods: readonly KubernetesObject[],
  facts: RevisionFacts,
): TargetRevision {
  // It stands for the Deployment that other revisions have of their own.
  const deployment = { ...workload, metadata: { ...workload.metadata, annotations: annotationsOf(order) } };
  const found = observeRevision({ deployment, autoscaler: undefined, pods }, facts);
  return found.reason === null && found.ready < found.ordered
    ? { ...found, reason: shortage(workload, found) }
    : found;
}

const annotationsOf = (order: InPlaceOrder | undefined): Record<string, string> =>
  order === undefined ? {} : orderMarks(order.instances, order.generation, timeOf(order));

const timeOf = ({ at }: InPlaceOrder): Instant => Date.parse(at);

/** Why pods are missing of which none is in trouble; null: they are on their way. */
function shortage(workload: KubernetesObject, { ordered }: TargetRevision): string | null {
  const { kind, metadata } = workload;
  if (kind === 'DaemonSet' && podsOf(workload) < ordered)
    return `DaemonSet ${metadata.name} finds nodes for ${podsOf(workload)} pods only`;
  return null;
}
