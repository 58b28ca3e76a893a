import { byAge } from '../objects/api-object.ts';
import { isReady, msUntilAvailable } from '../objects/pod.ts';
import type { DaemonSet, DaemonSetStatus } from '../objects/workload.ts';
import { REVISION_HASH } from '../revisions/controller-revisions.ts';
import { type DaemonNode, placement } from './node-plan.ts';

/** Counts the nodes of a DaemonSet by the oldest pod that each has of it, a new one before an old one. */
export function daemonSetStatus(
  set: DaemonSet,
  nodes: readonly DaemonNode[],
  hash: string,
  now: number,
): DaemonSetStatus {
  const { minReadySeconds = 0 } = set.spec;
  const counts = { desired: 0, scheduled: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const { node, pods } of nodes) {
    const { shouldRun } = placement(set.spec.template, node);
    const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).sort(byAge);
    const pod = alive.find(isReady) ?? alive[0];
    if (!shouldRun && pod !== undefined) counts.misscheduled += 1;
    if (!shouldRun) continue;
    counts.desired += 1;
    if (pod === undefined) continue;
    counts.scheduled += 1;
    if (alive.some(({ metadata }) => metadata.labels?.[REVISION_HASH] === hash)) counts.updated += 1;
    if (isReady(pod)) counts.ready += 1;
    if (msUntilAvailable(pod, minReadySeconds, now) === 0) counts.available += 1;
  }
  const optional = {
    updatedNumberScheduled: counts.updated,
    numberAvailable: counts.available,
    numberUnavailable: counts.desired - counts.available,
  };
  return {
    currentNumberScheduled: counts.scheduled,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation ?? 0,
    ...Object.fromEntries(Object.entries(optional).filter(([, count]) => count > 0)),
  };
}
