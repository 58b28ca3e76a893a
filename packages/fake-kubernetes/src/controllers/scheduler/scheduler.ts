import { keyOf, timestampOf } from '../objects/api-object.ts';
import { NODES, type Node } from '../objects/node.ts';
import { type Pod, hasEnded } from '../objects/pod.ts';
import { PODS } from '../objects/resource.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import { type ObjectAccess, unlessGone } from '../watching/object-access.ts';
import { BY_NODE, chooseNode } from './choose-node.ts';
import { NodeLoads, loadOf } from './node-load.ts';

/** Under this name a pod asks for this scheduler. */
const SCHEDULER = 'default-scheduler';

/**
 * Gives pending pods to nodes: to the emptiest of those that are ready, selected, tolerated and have room for the
 * requests. A pod that fits nowhere is told so and tried again when a node or the room on one changes.
 */
export function scheduler(tools: ControllerTools): Controller {
  const { informers, clock } = tools;
  const access = tools.accessAs('kube-scheduler');
  const nodes = informers.of(NODES);
  const pods = informers.of(PODS);
  const loads = new NodeLoads();
  const stranded = new Set<string>();
  pods.addIndex(BY_NODE, ({ spec }) => (spec.nodeName === undefined ? [] : [spec.nodeName]));

  const loop = new ControlLoop(clock, async (key) => {
    const pod = pods.byKey(key);
    if (pod === undefined || !isWaiting(pod)) return undefined;
    const choice = chooseNode(pod, { nodes, pods, loads });
    if (typeof choice !== 'string') return bind(access, loads, pod, choice);
    stranded.add(key);
    return tellWhy(tools, access, pod, choice);
  });

  const retryStranded = (): void => {
    for (const key of stranded) loop.add(key);
    stranded.clear();
  };
  const ends = [
    pods.onChange((now, before) => {
      if (now === undefined && before !== undefined) stranded.delete(keyOf(before));
      if (now !== undefined && isWaiting(now) && !stranded.has(keyOf(now))) loop.add(keyOf(now));
      if (notesLoad(loads, now, before)) retryStranded();
    }),
    nodes.onChange((now, before) => {
      if (now === undefined || before === undefined || hasOpened(now, before)) retryStranded();
    }),
  ];
  return {
    stop: async () => {
      for (const end of ends) end();
      await loop.stop();
    },
  };
}

/** Keeps the count of what nodes carry; true when a pod gave up its room. */
function notesLoad(loads: NodeLoads, now: Pod | undefined, before: Pod | undefined): boolean {
  if (now?.spec.nodeName !== undefined && !hasEnded(now)) {
    loads.place(now.metadata.uid, now.spec.nodeName, loadOf(now));
    return false;
  }
  return now?.spec.nodeName === undefined && now !== undefined
    ? false
    : before !== undefined && loads.remove(before.metadata.uid);
}

async function bind(access: ObjectAccess, loads: NodeLoads, pod: Pod, node: Node): Promise<undefined> {
  const { uid, name, namespace } = pod.metadata;
  // The room is taken at once, so that the next pod does not see it free.
  loads.place(uid, node.metadata.name, loadOf(pod));
  const target = { apiVersion: 'v1', kind: 'Node', name: node.metadata.name };
  const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target };
  const written = await access.command(PODS, { namespace, name, subresource: 'binding' }, body);
  if (written.ok) return;
  loads.remove(uid);
  // Bound already, or replaced by another of the same name: the event that says so is on its way.
  if (written.status !== 409) unlessGone(written, `bind ${keyOf(pod)}`);
}

async function tellWhy(
  { events, clock }: ControllerTools,
  access: ObjectAccess,
  pod: Pod,
  message: string,
): Promise<undefined> {
  const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (before?.status === 'False' && before.message === message) return;
  events.record({ about: pod, type: 'Warning', reason: 'FailedScheduling', message, component: SCHEDULER });
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    lastProbeTime: null,
    lastTransitionTime: before?.lastTransitionTime ?? timestampOf(clock.now()),
    reason: 'Unschedulable',
    message,
  };
  const place = { ...pod.metadata, subresource: 'status' };
  const body = { status: { conditions: [condition] } };
  unlessGone(await access.patch(PODS, place, body, 'strategic'), `tell why ${keyOf(pod)} waits`);
}

function isWaiting(pod: Pod): boolean {
  const { nodeName, schedulerName = SCHEDULER } = pod.spec;
  return (
    nodeName === undefined &&
    schedulerName === SCHEDULER &&
    pod.metadata.deletionTimestamp === undefined &&
    !hasEnded(pod)
  );
}

/** A heartbeat alone opens nothing. */
function hasOpened(now: Node, before: Node): boolean {
  return factsOf(now) !== factsOf(before);
}

function factsOf({ spec, status, metadata }: Node): string {
  const conditions = status?.conditions?.map(({ type, status: value }) => [type, value]);
  return JSON.stringify([spec, metadata.labels, status?.allocatable, conditions]);
}
