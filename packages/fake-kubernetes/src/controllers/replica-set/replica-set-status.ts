import { type Condition, timestampOf } from '../objects/api-object.ts';
import { conditionOf, withCondition, withoutCondition } from '../objects/conditions.ts';
import { hasLabels } from '../objects/label-selector.ts';
import { type Pod, isReady, msUntilAvailable } from '../objects/pod.ts';
import type { ReplicaSet, ReplicaSetStatus } from '../objects/workload.ts';

/** What went wrong while pods were made or removed. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

/** Counts the pods of a ReplicaSet; numbers that are zero are left out except `replicas`, as the API stores them. */
export function replicaSetStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  failure: ReplicaFailure | undefined,
  now: number,
): ReplicaSetStatus {
  const { minReadySeconds = 0, template } = set.spec;
  const count = (which: (pod: Pod) => boolean): number => pods.filter(which).length;
  const counts = {
    fullyLabeledReplicas: count(({ metadata }) => hasLabels(template.metadata?.labels, metadata.labels)),
    readyReplicas: count(isReady),
    availableReplicas: count((pod) => msUntilAvailable(pod, minReadySeconds, now) === 0),
    observedGeneration: set.metadata.generation ?? 0,
  };
  const conditions = conditionsAfter(set.status?.conditions, failure, now);
  return {
    replicas: pods.length,
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0)),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

function conditionsAfter(
  before: readonly Condition[] | undefined,
  failure: ReplicaFailure | undefined,
  now: number,
): readonly Condition[] {
  if (failure === undefined) return withoutCondition(before, 'ReplicaFailure');
  // The first message stays: it names the cause, and later ones often only that it goes on.
  if (conditionOf(before, 'ReplicaFailure') !== undefined) return before ?? [];
  const { reason, message } = failure;
  const condition: Condition = {
    type: 'ReplicaFailure',
    status: 'True',
    lastTransitionTime: timestampOf(now),
    reason,
    message,
  };
  return withCondition(before, condition, now);
}
