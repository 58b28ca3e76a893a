import { byAge } from '../objects/api-object.ts';
import { resolveIntOrPercent } from '../objects/int-or-percent.ts';
import { type Node, untolerated } from '../objects/node.ts';
import { type Pod, type PodTemplate, type Toleration, hasEnded, msUntilAvailable } from '../objects/pod.ts';
import type { DaemonSet } from '../objects/workload.ts';
import { REVISION_HASH } from '../revisions/controller-revisions.ts';
import { isSelected } from '../scheduler/node-fit.ts';

/** What every pod of a DaemonSet puts up with. */
export const DAEMON_TOLERATIONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];

/** A node with the pods that a DaemonSet has there. */
export interface DaemonNode {
  readonly node: Node;
  readonly pods: readonly Pod[];
}

/** What is to be done with the pods of a DaemonSet now. */
export interface DaemonMoves {
  /** Names of nodes that are to get a pod. */
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
}

/** Whether a new pod belongs on a node, and whether one that is there may stay. */
export function placement(
  template: PodTemplate,
  node: Node,
): { readonly shouldRun: boolean; readonly mayStay: boolean } {
  const { spec } = template;
  const tolerations = [...(spec.tolerations ?? []), ...DAEMON_TOLERATIONS];
  if (!isSelected(spec, node)) return { shouldRun: false, mayStay: false };
  return {
    shouldRun: untolerated(node.spec.taints, tolerations) === undefined,
    mayStay: untolerated(node.spec.taints, tolerations, ['NoExecute']) === undefined,
  };
}

/** The node that a pod is on, or is meant for while it is on none. */
export function nodeOf({ spec }: Pod): string | undefined {
  if (spec.nodeName !== undefined) return spec.nodeName;
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms?.[0]?.matchFields?.find(({ key }) => key === 'metadata.name')?.values?.[0];
}

/** Brings one pod to each node that should have one, and takes those away that should not be there. */
export function placementMoves(set: DaemonSet, nodes: readonly DaemonNode[]): DaemonMoves {
  const create: string[] = [];
  const remove: Pod[] = [];
  for (const { node, pods } of nodes) {
    const { shouldRun, mayStay } = placement(set.spec.template, node);
    const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const ended = alive.filter(hasEnded);
    const running = alive.filter((pod) => !hasEnded(pod)).sort(byAge);
    if (!mayStay) remove.push(...alive);
    else remove.push(...ended, ...surplus(set, running));
    if (shouldRun && pods.length === 0) create.push(node.metadata.name);
  }
  return { create, remove };
}

/** With surge an old and a new pod may be side by side; beyond that the oldest stays. */
function surplus(set: DaemonSet, running: readonly Pod[]): readonly Pod[] {
  if (surgeOf(set, 1) === 0) return running.slice(1);
  const hashes = running.map(({ metadata }) => metadata.labels?.[REVISION_HASH]);
  return running.filter((_, index) => hashes.indexOf(hashes[index]) !== index);
}

/** Which pods a rolling update replaces now; old pods that are not available do not count against the bound. */
export function updateMoves(
  set: DaemonSet,
  nodes: readonly DaemonNode[],
  hash: string,
  now: number,
): DaemonMoves {
  if (set.spec.updateStrategy?.type === 'OnDelete') return { create: [], remove: [] };
  const wanted = nodes.filter(({ node }) => placement(set.spec.template, node).shouldRun);
  const surge = surgeOf(set, wanted.length);
  const seen = wanted.map((place) => ({ ...place, ...stateOf(set, place, hash, now) }));
  return surge > 0 ? surgeMoves(seen, surge) : replaceMoves(seen, unavailableOf(set, wanted.length));
}

interface SeenNode extends DaemonNode {
  readonly old: Pod | undefined;
  readonly oldAvailable: boolean;
  readonly fresh: Pod | undefined;
  readonly freshAvailable: boolean;
}

function stateOf(
  { spec }: DaemonSet,
  { pods }: DaemonNode,
  hash: string,
  now: number,
): Omit<SeenNode, 'node' | 'pods'> {
  const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const fresh = alive.find(({ metadata }) => metadata.labels?.[REVISION_HASH] === hash);
  const old = alive.find((pod) => pod !== fresh);
  const isAvailable = (pod: Pod | undefined): boolean =>
    pod !== undefined && msUntilAvailable(pod, spec.minReadySeconds ?? 0, now) === 0;
  return { old, fresh, oldAvailable: isAvailable(old), freshAvailable: isAvailable(fresh) };
}

function replaceMoves(nodes: readonly SeenNode[], maxUnavailable: number): DaemonMoves {
  const missing = nodes.filter(({ oldAvailable, freshAvailable }) => !oldAvailable && !freshAvailable).length;
  const idle = nodes.filter(({ old, oldAvailable }) => old !== undefined && !oldAvailable);
  const serving = nodes.filter(({ oldAvailable, freshAvailable }) => oldAvailable && !freshAvailable);
  const more = serving.slice(0, Math.max(0, maxUnavailable - missing));
  return { create: [], remove: [...idle, ...more].flatMap(({ old }) => (old === undefined ? [] : [old])) };
}

function surgeMoves(nodes: readonly SeenNode[], maxSurge: number): DaemonMoves {
  const moving = nodes.filter(({ old, fresh }) => old !== undefined && fresh !== undefined).length;
  const done = nodes.filter(({ old, freshAvailable }) => old !== undefined && freshAvailable);
  const idle = nodes.filter(
    ({ old, oldAvailable, fresh }) => old !== undefined && !oldAvailable && fresh === undefined,
  );
  const next = nodes.filter(
    ({ old, oldAvailable, fresh }) => old !== undefined && oldAvailable && fresh === undefined,
  );
  const started = next.slice(0, Math.max(0, maxSurge - moving));
  return {
    create: started.map(({ node }) => node.metadata.name),
    remove: [...done, ...idle].flatMap(({ old }) => (old === undefined ? [] : [old])),
  };
}

function surgeOf({ spec }: DaemonSet, wanted: number): number {
  return resolveIntOrPercent(spec.updateStrategy?.rollingUpdate?.maxSurge, wanted, 'up');
}

function unavailableOf({ spec }: DaemonSet, wanted: number): number {
  return resolveIntOrPercent(spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted, 'up');
}
