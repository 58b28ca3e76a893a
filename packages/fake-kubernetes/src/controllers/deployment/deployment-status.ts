import { type Condition, timestampOf } from '../objects/api-object.ts';
import { conditionOf, withCondition, withoutCondition } from '../objects/conditions.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../objects/workload.ts';
import { rollingBounds, totalAvailable, totalSize, wantedReplicas } from './replica-set-sizes.ts';

/** A Deployment with its sets, as they were when a turn began or ended. */
export interface DeploymentView {
  readonly deployment: Deployment;
  readonly newSet: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

/** The deadline that stands for none. */
const NO_DEADLINE = 2 ** 31 - 1;

/** Whether progress is watched at all. */
export function hasDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_DEADLINE;
}

/** Counts pods and says whether enough are available; numbers that are zero are left out, as the API stores them. */
export function countedStatus({ deployment, newSet, old }: DeploymentView, now: number): DeploymentStatus {
  const sets = newSet === undefined ? old : [...old, newSet];
  const wanted = wantedReplicas(deployment);
  const available = totalAvailable(sets);
  const enough = available >= wanted - rollingBounds(deployment, wanted).maxUnavailable;
  const sum = (count: (set: ReplicaSet) => number | undefined): number =>
    sets.reduce((total, set) => total + (count(set) ?? 0), 0);
  return withoutZeros({
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(({ status }) => status?.replicas),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sum(({ status }) => status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalSize(sets) - available),
    collisionCount: deployment.status?.collisionCount ?? 0,
    conditions: withCondition(deployment.status?.conditions, availability(enough, now), now),
  });
}

function availability(enough: boolean, now: number): Condition {
  return {
    type: 'Available',
    status: enough ? 'True' : 'False',
    lastUpdateTime: timestampOf(now),
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: `Deployment ${enough ? 'has' : 'does not have'} minimum availability.`,
  };
}

function withoutZeros(status: DeploymentStatus): DeploymentStatus {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== 0)) as DeploymentStatus;
}

/** The status after a turn of a rollout: counted, with the progress condition and what the sets complain of. */
export function rolloutStatus(view: DeploymentView, now: number): DeploymentStatus {
  const counted = countedStatus(view, now);
  return withFailures(
    view,
    hasDeadline(view.deployment)
      ? withProgress(view, counted, now)
      : {
          ...counted,
          conditions: withoutCondition(counted.conditions, 'Progressing'),
        },
    now,
  );
}

function withProgress(view: DeploymentView, counted: DeploymentStatus, now: number): DeploymentStatus {
  const { deployment } = view;
  const current = conditionOf(counted.conditions, 'Progressing');
  const wasComplete =
    (counted.replicas ?? 0) === (counted.updatedReplicas ?? 0) &&
    current?.reason === 'NewReplicaSetAvailable';
  if (wasComplete) return counted;
  const name =
    view.newSet === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${view.newSet.metadata.name}"`;
  const say = (status: Condition['status'], reason: string, text: string): Condition =>
    progress(status, reason, `${name} ${text}`, now);
  if (isComplete(deployment, counted)) {
    const done = say('True', 'NewReplicaSetAvailable', 'has successfully progressed.');
    return { ...counted, conditions: withCondition(counted.conditions, done, now) };
  }
  if (hasProgressed(deployment.status, counted)) {
    const moving = say('True', 'ReplicaSetUpdated', 'is progressing.');
    return { ...counted, conditions: refreshed(counted.conditions, moving, now) };
  }
  if (!isLate(deployment, counted, now)) return counted;
  const late = say('False', 'ProgressDeadlineExceeded', 'has timed out progressing.');
  return { ...counted, conditions: withCondition(counted.conditions, late, now) };
}

/** One form of the progress condition. */
export function progress(
  status: Condition['status'],
  reason: string,
  message: string,
  now: number,
): Condition {
  return { type: 'Progressing', status, lastUpdateTime: timestampOf(now), reason, message };
}

/** Progress that is seen again renews the time of the update, from which the deadline counts. */
function refreshed(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  now: number,
): readonly Condition[] {
  const before = conditionOf(conditions, condition.type);
  const lastTransitionTime =
    before?.status === condition.status && before.lastTransitionTime !== undefined
      ? before.lastTransitionTime
      : timestampOf(now);
  return [...withoutCondition(conditions, condition.type), { ...condition, lastTransitionTime }];
}

/** Whether all pods are of the new template, available, and no other is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = wantedReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(before: DeploymentStatus | undefined, now: DeploymentStatus): boolean {
  const oldOnes = (status: DeploymentStatus | undefined): number =>
    (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (now.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    oldOnes(now) < oldOnes(before) ||
    (now.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  );
}

function isLate(deployment: Deployment, status: DeploymentStatus, now: number): boolean {
  const condition = conditionOf(status.conditions, 'Progressing');
  if (condition === undefined || condition.reason === 'NewReplicaSetAvailable') return false;
  if (condition.reason === 'ProgressDeadlineExceeded') return true;
  return msUntilLate(deployment, status, now) < 0;
}

/** How long until a rollout that does not move is late, in ms; infinity when nothing is waited for. */
export function msUntilLate(deployment: Deployment, status: DeploymentStatus, now: number): number {
  const condition = conditionOf(status.conditions, 'Progressing');
  if (!hasDeadline(deployment) || deployment.spec.paused === true || condition === undefined)
    return Number.POSITIVE_INFINITY;
  if (condition.status === 'False' || isComplete(deployment, status)) return Number.POSITIVE_INFINITY;
  const since = Date.parse(condition.lastUpdateTime ?? '');
  return since + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000 - now;
}

/** What hinders the new set, or one of the old ones, from making pods is told by the Deployment as well. */
function withFailures(view: DeploymentView, status: DeploymentStatus, now: number): DeploymentStatus {
  const sets = view.newSet === undefined ? view.old : [view.newSet, ...view.old];
  const failure = sets
    .map((set) => conditionOf(set.status?.conditions, 'ReplicaFailure'))
    .find((condition) => condition !== undefined);
  const conditions =
    failure === undefined
      ? withoutCondition(status.conditions, 'ReplicaFailure')
      : withCondition(status.conditions, { ...failure, lastUpdateTime: timestampOf(now) }, now);
  return { ...status, conditions };
}

/** The progress condition that a pause or its end calls for; undefined when nothing is to be said. */
export function pauseCondition(deployment: Deployment, now: number): Condition | undefined {
  const current = conditionOf(deployment.status?.conditions, 'Progressing');
  // A rollout that was late stays so until something new is wanted.
  if (!hasDeadline(deployment) || current?.reason === 'ProgressDeadlineExceeded') return undefined;
  const isPaused = deployment.spec.paused === true;
  if (isPaused === (current?.reason === 'DeploymentPaused')) return undefined;
  return isPaused
    ? progress('Unknown', 'DeploymentPaused', 'Deployment is paused', now)
    : progress('Unknown', 'DeploymentResumed', 'Deployment is resumed', now);
}
