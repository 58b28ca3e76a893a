import { type Requirement, fulfils, hasLabels, selects } from '../objects/label-selector.ts';
import { type Node, isNodeReady, untolerated } from '../objects/node.ts';
import type { NodeTerm, Pod, PodSpec } from '../objects/pod.ts';
import type { NodeLoad, PodLoad } from './node-load.ts';

/** Why a pod does not fit on a node, in the scheduler's words; undefined when it fits as far as the node's own facts go. */
export function misfit(pod: Pod, node: Node): string | undefined {
  const { tolerations } = pod.spec;
  if (node.spec.unschedulable === true && !toleratesUnschedulable(pod)) return 'node(s) were unschedulable';
  const taint = untolerated(node.spec.taints, tolerations);
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (!isSelected(pod.spec, node)) return "node(s) didn't match Pod's node affinity/selector";
  return isNodeReady(node) ? undefined : 'node(s) were not ready';
}

/** Whether a pod's node selector and required node affinity pick a node. */
export function isSelected({ nodeSelector, affinity }: PodSpec, node: Node): boolean {
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const isMet = terms === undefined || terms.some((term) => meets(term, node));
  return isMet && hasLabels(nodeSelector, node.metadata.labels);
}

/** A cordon is told by a taint as well, which the pods of a DaemonSet tolerate. */
function toleratesUnschedulable({ spec }: Pod): boolean {
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;
  return untolerated([cordon], spec.tolerations) === undefined;
}

function meets({ matchExpressions = [], matchFields = [] }: NodeTerm, node: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const all = (requirements: readonly Requirement[], facts: Node['metadata']['labels']): boolean =>
    requirements.every((requirement) => fulfils(requirement, facts));
  return (
    all(matchExpressions, node.metadata.labels) && all(matchFields, { 'metadata.name': node.metadata.name })
  );
}

/** Why a pod's requests do not fit beside what a node carries; undefined when they do. */
export function shortage(need: PodLoad, load: NodeLoad): string | undefined {
  const { used, allocatable } = load;
  if (used.pods + 1 > allocatable.pods) return 'Too many pods';
  if (need.cpuMillis > 0 && used.cpuMillis + need.cpuMillis > allocatable.cpuMillis)
    return 'Insufficient cpu';
  if (need.memoryBytes > 0 && used.memoryBytes + need.memoryBytes > allocatable.memoryBytes)
    return 'Insufficient memory';
  return undefined;
}

/** Whether a pod must keep away from a place because of a pod that is there, or the other way round. */
export function repels(pod: Pod, there: Pod, samePlace: (topologyKey: string) => boolean): boolean {
  return isAvoiding(pod, there, samePlace) || isAvoiding(there, pod, samePlace);
}

function isAvoiding(pod: Pod, other: Pod, samePlace: (topologyKey: string) => boolean): boolean {
  const terms = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (terms === undefined || pod.metadata.namespace !== other.metadata.namespace) return false;
  return terms.some(
    ({ labelSelector, topologyKey }) =>
      samePlace(topologyKey) && selects(labelSelector, other.metadata.labels),
  );
}
