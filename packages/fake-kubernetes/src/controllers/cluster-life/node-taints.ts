import { timestampOf } from '../objects/api-object.ts';
import type { Node, Taint } from '../objects/node.ts';
import { type Pod, hasEnded } from '../objects/pod.ts';
import { tolerates } from '../objects/node.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const managed = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE]);

/** The taints that a node's state calls for, beside those that others put on it; known ones keep their time. */
export function taintsFor({ spec, status }: Node, now: number): readonly Taint[] {
  const others = (spec.taints ?? []).filter(({ key }) => !managed.has(key));
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';
  const key = ready === 'Unknown' ? UNREACHABLE : NOT_READY;
  const wanted: Taint[] = [
    ...(ready === 'True'
      ? []
      : [{ key, effect: 'NoSchedule' } as const, { key, effect: 'NoExecute' } as const]),
    ...(spec.unschedulable === true ? [{ key: UNSCHEDULABLE, effect: 'NoSchedule' } as const] : []),
  ];
  const known = wanted.map(
    (taint) =>
      spec.taints?.find((before) => before.key === taint.key && before.effect === taint.effect) ?? {
        ...taint,
        timeAdded: timestampOf(now),
      },
  );
  return [...others, ...known];
}

/** When a pod must leave a node because of its taints (ms since the epoch); infinity when it may stay. */
export function evictionMoment(pod: Pod, node: Node): number {
  if (hasEnded(pod)) return Number.POSITIVE_INFINITY;
  const moments = (node.spec.taints ?? [])
    .filter(({ effect }) => effect === 'NoExecute')
    .map((taint) => momentFor(pod, taint));
  return Math.min(Number.POSITIVE_INFINITY, ...moments);
}

function momentFor(pod: Pod, taint: Taint): number {
  const fitting = (pod.spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
  const since = Date.parse(taint.timeAdded ?? '') || 0;
  if (fitting.length === 0) return since;
  const limits = fitting
    .map(({ tolerationSeconds }) => tolerationSeconds)
    .filter((seconds) => seconds !== undefined);
  return limits.length === 0 ? Number.POSITIVE_INFINITY : since + Math.min(...limits) * 1000;
}
