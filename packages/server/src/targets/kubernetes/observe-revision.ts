import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { TargetRevision } from '../target.ts';
import { type OrderMarks, orderOn } from './order-marks.ts';
import { podState, type PodState } from './pod-state.ts';

/** The objects of one revision, as they were last seen. */
export interface RevisionObjects {
  readonly deployment: KubernetesObject | undefined;
  readonly autoscaler: KubernetesObject | undefined;
  readonly pods: readonly KubernetesObject[];
  /** What it needs beside its Deployment and has not, as `Kind/name`. */
  readonly missing?: readonly string[];
}

/** What is known of a revision beside its objects. */
export interface RevisionFacts {
  /** Null: it serves no traffic. */
  readonly port: number | null;
  /** A pool that sleeps has no pods, and can do what was ordered all the same: the first task wakes it. */
  readonly maySleep?: boolean;
  /** How long a pod may take to become ready. */
  readonly withinMs: number;
  readonly now: Instant;
}

/** What a target says of a revision, read from its objects alone; nothing is remembered between two looks. */
export function observeRevision(objects: RevisionObjects, facts: RevisionFacts): TargetRevision {
  const { deployment, autoscaler } = objects;
  const minReadyMs = 1000 * (numberIn(deployment?.spec, 'minReadySeconds') ?? 0);
  const pods = objects.pods.map((pod) => podState(pod, minReadyMs, facts.now));
  const ready = pods.filter((pod) => pod.ready);
  const order = orderOn(deployment);
  const starts = ready.flatMap(({ startedAt }) => startedAt ?? []);
  const missing = missingLong(objects, order, facts.now);
  const isAsleep =
    facts.maySleep === true && pods.length === 0 && numberIn(deployment?.spec, 'replicas') === 0;
  const short =
    isAsleep || ready.length >= order.instances
      ? null
      : (reasonOf(pods) ?? troubleOf(deployment, pods.length));
  return {
    // A number that nobody has ordered: so the order is given again, which makes what is missing, and pods count on.
    ordered: missing.length > 0 ? 0 : order.instances,
    generation: order.generation,
    ready: isAsleep ? order.instances : ready.length,
    wanted: wantedBy(autoscaler),
    disrupted: isDisrupted(pods, ready.length, order, facts),
    crashLooping: isLooping(pods, ready.length),
    reason: [short, lacking(missing)].filter((words) => words !== null).join('; ') || null,
    youngestStartAt: starts.length > 0 ? Math.max(...starts) : null,
    endpoints:
      facts.port === null
        ? []
        : ready.flatMap(({ address, name }) =>
            address === null ? [] : [{ host: address, port: facts.port ?? 0, name }],
          ),
  };
}

/** How long mirrors of several kinds may take to show what came with an order, in ms. */
const TOGETHER_MS = 10_000;

function missingLong({ missing = [] }: RevisionObjects, order: OrderMarks, now: Instant): readonly string[] {
  const isNew = order.at !== null && now - order.at < TOGETHER_MS;
  return isNew || order.instances === 0 ? [] : missing;
}

/** What is missing beside the Deployment, in words. */
function lacking(missing: readonly string[]): string | null {
  if (missing.length === 0) return null;
  const names = missing.map((title) => title.replace('/', ' ')).join(' and no ');
  return `somebody has removed what belongs to it: it has no ${names}; made anew with its next order`;
}

/**
 * What a load has made an autoscaler want. One without figures says nothing, and one that is at its fewest only follows the
 * order, which it may hear of before the marks of the order are there, and follow for a while after it was taken back.
 */
function wantedBy(autoscaler: KubernetesObject | undefined): number | null {
  const conditions = (autoscaler?.status?.['conditions'] ?? []) as readonly {
    type: string;
    status: string;
    reason?: string;
  }[];
  const isActive = conditions.some(({ type, status }) => type === 'ScalingActive' && status === 'True');
  const wanted = numberIn(autoscaler?.status, 'desiredReplicas');
  const fewest = numberIn(autoscaler?.spec, 'minReplicas');
  const isAtFewest = conditions.some(
    ({ type, reason }) => type === 'ScalingLimited' && reason === 'TooFewReplicas',
  );
  if (!isActive || isAtFewest || wanted === null) return null;
  return fewest !== null && wanted <= fewest ? null : wanted;
}

/** One pod of several that does not stay up may have a bad node; a revision does not stay up when most of them do not. */
function isLooping(pods: readonly PodState[], ready: number): boolean {
  const crashing = pods.filter((pod) => pod.crashing && !pod.evicted).length;
  return crashing > 0 && (ready === 0 || crashing * 2 >= pods.length);
}

/**
 * Whether all that is missing was taken by a drain, an eviction or a preemption: pods that are on their way out because of
 * one, and young ones that never ended by themselves and were made long after the order. What takes longer to become
 * ready than it may is no disruption any more.
 */
function isDisrupted(
  pods: readonly PodState[],
  ready: number,
  order: OrderMarks,
  { withinMs, now }: RevisionFacts,
): boolean {
  const missing = order.instances - ready;
  if (missing <= 0 || order.at === null) return false;
  const firstReadyBy = order.at + withinMs;
  const excused = pods.filter((pod) => {
    if (pod.ready) return false;
    if (pod.evicted) return true;
    const isReplacement = pod.createdAt > firstReadyBy || pods.some((other) => other.evicted);
    return isReplacement && !pod.leaving && pod.restarts === 0 && now - pod.createdAt < withinMs;
  });
  return excused.length >= missing;
}

/** The reason of a pod that is in trouble comes before that of one that is only starting. */
function reasonOf(pods: readonly PodState[]): string | null {
  const troubled = pods.filter((pod) => !pod.ready && !pod.leaving);
  const worst =
    troubled.find((pod) => pod.crashing) ?? troubled.find((pod) => !pod.reason?.endsWith('is starting'));
  return (worst ?? troubled[0])?.reason ?? null;
}

/** Why no pod is made, or none more than there are, such as a quota that is used up. */
function troubleOf(deployment: KubernetesObject | undefined, present: number): string | null {
  const conditions = (deployment?.status?.['conditions'] ?? []) as readonly {
    type: string;
    status: string;
    reason?: string;
    message?: string;
  }[];
  const failure = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  if (!failure) return null;
  const what =
    present === 0 ? 'no pod can be made' : `no more pods can be made than the ${present} there are`;
  return `${what} (${failure.reason ?? 'ReplicaFailure'}: ${failure.message ?? 'no message'})`;
}

function numberIn(part: KubernetesObject['spec'], key: string): number | null {
  const value = part?.[key];
  return typeof value === 'number' ? value : null;
}
