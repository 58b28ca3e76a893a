import { keyOf, timestampOf } from '../objects/api-object.ts';
import { NODES, type Node, isNodeReady } from '../objects/node.ts';
import { type Pod, isReady } from '../objects/pod.ts';
import { PODS } from '../objects/resource.ts';
import { BY_NODE } from '../scheduler/choose-node.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import { type ObjectAccess, unlessGone } from '../watching/object-access.ts';
import { evictionMoment, taintsFor } from './node-taints.ts';

/**
 * Follows what nodes say of themselves: taints those that are cordoned or not ready, tells the pods of silent nodes to be
 * not ready, removes pods that do not tolerate it for longer, and pods of nodes that are no more.
 */
export function nodeLifeController(tools: ControllerTools): Controller {
  const { informers, clock } = tools;
  const access = tools.accessAs('kube-controller-manager');
  const nodes = informers.of(NODES);
  const pods = informers.of(PODS);
  pods.addIndex(BY_NODE, ({ spec }) => (spec.nodeName === undefined ? [] : [spec.nodeName]));

  const loop = new ControlLoop(clock, async (name) => {
    const before = nodes.get(undefined, name);
    const there = pods.indexed(BY_NODE, name);
    if (before === undefined) {
      if (nodes.isComplete) for (const pod of there) await endPod(access, pod, 0);
      return undefined;
    }
    const node = await taint(before);
    if (!isNodeReady(node)) for (const pod of there) if (isReady(pod)) await tellNotReady(pod);
    return evict(node, there);
  });

  async function taint(node: Node): Promise<Node> {
    const taints = taintsFor(node, clock.now());
    if (JSON.stringify(taints) === JSON.stringify(node.spec.taints ?? [])) return node;
    const { name, resourceVersion } = node.metadata;
    const body = { metadata: { resourceVersion }, spec: { taints } };
    return unlessGone(await access.patch(NODES, { name }, body), `taint ${name}`) ?? node;
  }

  async function tellNotReady(pod: Pod): Promise<void> {
    const condition = { type: 'Ready', status: 'False', lastTransitionTime: timestampOf(clock.now()) };
    const place = { ...pod.metadata, subresource: 'status' };
    const body = { status: { conditions: [condition] } };
    unlessGone(await access.patch(PODS, place, body, 'strategic'), `tell ${keyOf(pod)} to be not ready`);
  }

  /** Answers how long the next pod may stay, in ms. */
  async function evict(node: Node, there: readonly Pod[]): Promise<number> {
    let next = Number.POSITIVE_INFINITY;
    for (const pod of there) {
      if (pod.metadata.deletionTimestamp !== undefined) continue;
      const moment = evictionMoment(pod, node);
      if (moment > clock.now()) next = Math.min(next, moment - clock.now());
      else await endPod(access, pod, undefined);
    }
    return next;
  }

  const ends = [
    nodes.onChange((now, before) => {
      const changed = now ?? before;
      if (changed !== undefined) loop.add(changed.metadata.name);
    }),
    pods.onChange((now, before) => {
      const node = now?.spec.nodeName;
      // Only a new place of a pod matters: everything else is told by the node.
      if (node === undefined || node === before?.spec.nodeName) return;
      const there = nodes.get(undefined, node);
      if (there === undefined || !isNodeReady(there)) loop.add(node);
    }),
  ];
  return {
    stop: async () => {
      for (const end of ends) end();
      await loop.stop();
    },
  };
}

async function endPod(access: ObjectAccess, pod: Pod, graceSeconds: number | undefined): Promise<void> {
  const written = await access.remove(PODS, pod, graceSeconds === undefined ? {} : { graceSeconds });
  // Conflict: another pod has this name by now.
  if (!written.ok && written.status !== 409) unlessGone(written, `remove ${keyOf(pod)}`);
}
