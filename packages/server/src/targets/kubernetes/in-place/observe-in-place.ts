import type { Instant } from '@sluice/core/kernel/instant.ts';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { REVISION } from '@sluice/kubernetes/objects/labels.ts';
import { revisionLabel } from '@sluice/kubernetes/objects/names.ts';
import type { TargetRevision } from '../../target.ts';
import { observeRevision, type RevisionFacts } from '../observe-revision.ts';
import { orderMarks } from '../order-marks.ts';
import { podState } from '../pod-state.ts';
import { departureOf } from './departure-of.ts';
import { holderOf, type InPlaceOrder, marksOn, podsOf } from './in-place-marks.ts';

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
  const departed = departureOf(workload) === null ? null : holderOf(workload);
  const standing = Object.keys(orders).filter((id) => orders[id]?.isRetired === false);
  const present = pods.flatMap(({ metadata }) => metadata.annotations?.[REVISION] ?? []);
  return Object.fromEntries(
    [...new Set([...standing, ...present])].map((id) => {
      const own = pods.filter(
        ({ metadata }) => metadata.labels?.[REVISION] === revisionLabel(revisionId(id)),
      );
      const order = orders[id];
      // What somebody else has changed is not what was ordered, under whatever generation: the order is given again.
      const known = order && id === departed ? { ...order, generation: 0 } : order;
      return [id, observed({ workload, order: known, own, all: pods }, facts)];
    }),
  );
}

interface InPlaceObjects {
  readonly workload: KubernetesObject;
  readonly order: InPlaceOrder | undefined;
  /** Its own pods, and those of all revisions. */
  readonly own: readonly KubernetesObject[];
  readonly all: readonly KubernetesObject[];
}

function observed({ workload, order, own, all }: InPlaceObjects, facts: RevisionFacts): TargetRevision {
  // It stands for the Deployment that other revisions have of their own.
  const deployment = { ...workload, metadata: { ...workload.metadata, annotations: annotationsOf(order) } };
  const found = observeRevision({ deployment, autoscaler: undefined, pods: own }, facts);
  return found.reason === null && found.ready < found.ordered
    ? { ...found, reason: shortage({ workload, order, own, all }, found, facts.now) }
    : found;
}

const annotationsOf = (order: InPlaceOrder | undefined): Record<string, string> =>
  order === undefined ? {} : orderMarks(order.instances, order.generation, timeOf(order));

const timeOf = ({ at }: InPlaceOrder): Instant => Date.parse(at);

/** Why pods are missing of which none is in trouble; null: they are on their way. */
function shortage(
  { workload, own, all }: InPlaceObjects,
  { ordered }: TargetRevision,
  now: Instant,
): string | null {
  const { kind, metadata, spec } = workload;
  const name = `${kind} ${metadata.name}`;
  const changed = departureOf(workload);
  if (changed !== null) return `somebody else has changed the ${changed} of ${name}`;
  if (spec?.['paused'] === true)
    return `${name} is paused; \`kubectl rollout resume ${kind.toLowerCase()}/${metadata.name}\` lets it go on`;
  const pods = podsOf(workload);
  if (kind === 'DaemonSet' && pods < ordered) return `${name} finds nodes for ${pods} pods only`;
  if (pods < ordered) return `somebody else has set ${name} to ${pods} pods`;
  const inTheWay = all
    .filter((pod) => !own.includes(pod))
    .map((pod) => podState(pod, 0, now))
    .find(({ ready }) => !ready);
  return inTheWay === undefined ? null : `the old ${inTheWay.reason}`;
}
