import { type Pod, isReady, msUntilAvailable } from '../objects/pod.ts';
import type { StatefulSet, StatefulSetStatus } from '../objects/workload.ts';
import { REVISION_HASH } from '../revisions/controller-revisions.ts';

/** Counts the pods of a StatefulSet; an update that has reached all of them makes its revision the current one. */
export function statefulSetStatus(
  set: StatefulSet,
  pods: readonly Pod[],
  revisions: { readonly current: string; readonly update: string },
  now: number,
): StatefulSetStatus {
  const { minReadySeconds = 0, replicas = 1, updateStrategy } = set.spec;
  const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const of = (revision: string): number =>
    alive.filter(({ metadata }) => metadata.labels?.[REVISION_HASH] === revision).length;
  const ready = pods.filter(isReady);
  const updated = of(revisions.update);
  const isDone =
    updateStrategy?.type !== 'OnDelete' &&
    updated === replicas &&
    alive.length === replicas &&
    ready.length === replicas;
  const currentRevision = isDone ? revisions.update : revisions.current;
  const counts = {
    readyReplicas: ready.length,
    currentReplicas: of(currentRevision),
    updatedReplicas: updated,
  };
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    currentRevision,
    updateRevision: revisions.update,
    collisionCount: 0,
    availableReplicas: ready.filter((pod) => msUntilAvailable(pod, minReadySeconds, now) === 0).length,
  };
}
