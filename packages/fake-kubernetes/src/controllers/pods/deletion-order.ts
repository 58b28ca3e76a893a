import { type Pod, isReady, readyCondition } from '../objects/pod.ts';

/** Pods with a lower cost go first; other pods cost 0. */
export const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

const phases = { Pending: 0, Unknown: 1, Running: 2, Succeeded: 2, Failed: 2 } as const;

/**
 * Orders the pods of a ReplicaSet so that those that would be missed least come first: not yet on a node, not running,
 * not ready, of a low deletion cost, on a node with many of their like, ready only lately, restarted often, young.
 */
export function inDeletionOrder(pods: readonly Pod[]): readonly Pod[] {
  const onNode = new Map<string, number>();
  for (const { spec } of pods) {
    if (spec.nodeName !== undefined) onNode.set(spec.nodeName, (onNode.get(spec.nodeName) ?? 0) + 1);
  }
  const ranked = pods.map((pod) => ({ pod, rank: rankOf(pod, onNode.get(pod.spec.nodeName ?? '') ?? 0) }));
  return ranked.sort((a, b) => compare(a.rank, b.rank)).map(({ pod }) => pod);
}

/** The first number that differs decides; the lower one goes first. */
function rankOf(pod: Pod, likeIt: number): readonly number[] {
  const readySince = Date.parse(readyCondition(pod)?.lastTransitionTime ?? '');
  return [
    pod.spec.nodeName === undefined ? 0 : 1,
    phases[pod.status?.phase ?? 'Pending'],
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.[DELETION_COST] ?? 0),
    -likeIt,
    -(isReady(pod) ? readySince : 0),
    -mostRestarts(pod),
    -Date.parse(pod.metadata.creationTimestamp),
  ];
}

function mostRestarts({ status }: Pod): number {
  return Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value - other;
  }
  return 0;
}
