import type { Node } from '../objects/node.ts';
import { type Pod, hasEnded } from '../objects/pod.ts';
import type { Informer } from '../watching/informer.ts';
import { misfit, repels, shortage } from './node-fit.ts';
import { type NodeLoads, loadOf } from './node-load.ts';

/** Finds the pods of a node. */
export const BY_NODE = 'node';

/** What is known of the nodes. */
export interface NodeSituation {
  readonly nodes: Informer<Node>;
  readonly pods: Informer<Pod>;
  readonly loads: NodeLoads;
}

/** The node with the fewest pods of those that a pod fits on, or why it fits on none. */
export function chooseNode(pod: Pod, situation: NodeSituation): Node | string {
  const { nodes, loads } = situation;
  const need = loadOf(pod);
  const reasons = new Map<string, number>();
  let best: { readonly node: Node; readonly pods: number } | undefined;
  for (const node of nodes.all()) {
    const load = loads.of(node);
    const reason = misfit(pod, node) ?? shortage(need, load) ?? conflict(pod, node, situation);
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    else if (best === undefined || load.used.pods < best.pods) best = { node, pods: load.used.pods };
  }
  return best?.node ?? whyNowhere(nodes.size, reasons);
}

function conflict(pod: Pod, node: Node, { nodes, pods }: NodeSituation): string | undefined {
  // Pods that avoid others are few; the rest is spared the search.
  const terms = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (terms === undefined) return undefined;
  for (const other of nodes.all()) {
    const samePlace = (key: string): boolean => {
      const place = node.metadata.labels?.[key];
      return place !== undefined && place === other.metadata.labels?.[key];
    };
    if (!terms.some(({ topologyKey }) => samePlace(topologyKey))) continue;
    const there = pods.indexed(BY_NODE, other.metadata.name);
    if (there.some((one) => !hasEnded(one) && repels(pod, one, samePlace)))
      return "node(s) didn't match pod anti-affinity rules";
  }
  return undefined;
}

function whyNowhere(count: number, reasons: ReadonlyMap<string, number>): string {
  if (count === 0) return 'no nodes available to schedule pods';
  const told = [...reasons].map(([reason, times]) => `${times} ${reason}`).sort();
  return `0/${count} nodes are available: ${told.join(', ')}.`;
}
