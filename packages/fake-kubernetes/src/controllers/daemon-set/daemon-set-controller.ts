import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { keyOf } from '../objects/api-object.ts';
import { NODES } from '../objects/node.ts';
import { type Pod, msUntilAvailable } from '../objects/pod.ts';
import { CONTROLLER_REVISIONS, DAEMON_SETS, PODS } from '../objects/resource.ts';
import type { DaemonSet } from '../objects/workload.ts';
import { makePods, removePods } from '../pods/make-pods.ts';
import { claimed, indexByManager, owned } from '../pods/owned.ts';
import { podFromTemplate } from '../pods/pod-from-template.ts';
import {
  type RevisionTools,
  REVISION_HASH,
  currentRevision,
  forgetRevisions,
} from '../revisions/controller-revisions.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import { enqueueOwner } from '../watching/enqueue-owner.ts';
import { unlessGone } from '../watching/object-access.ts';
import { daemonSetStatus } from './daemon-set-status.ts';
import { DAEMON_TOLERATIONS, type DaemonNode, nodeOf, placementMoves, updateMoves } from './node-plan.ts';

const RETRY_AFTER_REFUSAL_MS = 500;

/** Keeps one pod of each DaemonSet on every node that it selects. */
export function daemonSetController(tools: ControllerTools): Controller {
  const { informers, clock } = tools;
  const access = tools.accessAs('kube-controller-manager');
  const podTools = { access, events: tools.events, component: 'daemonset-controller' };
  const sets = informers.of(DAEMON_SETS);
  const pods = informers.of(PODS);
  const nodes = informers.of(NODES);
  const revisions: RevisionTools = { informer: informers.of(CONTROLLER_REVISIONS), access };
  indexByManager(pods);
  indexByManager(revisions.informer);

  const onNodes = (mine: readonly Pod[]): readonly DaemonNode[] =>
    [...nodes.all()].map((node) => ({
      node,
      pods: mine.filter((pod) => nodeOf(pod) === node.metadata.name),
    }));

  const loop = new ControlLoop(clock, async (key) => {
    const set = sets.byKey(key);
    if (set === undefined) return undefined;
    const { selector } = set.spec;
    const mine = await claimed({ owner: set, selector, resource: PODS, informer: pods, access });
    if (set.metadata.deletionTimestamp !== undefined) return undefined;
    const current = await currentRevision(revisions, set);
    const hash = current.metadata.labels?.[REVISION_HASH] ?? '';
    // One moment for all, so that no pod becomes available between two looks unseen.
    const now = clock.now();
    const before = onNodes(mine);
    const placing = placementMoves(set, before);
    const isPlaced = placing.create.length + placing.remove.length === 0;
    const moves = isPlaced ? updateMoves(set, before, hash, now) : placing;
    const bodies = moves.create.map((node) => daemonPod(set, node, hash));
    const refused = (await makePods(podTools, set, bodies)) ?? (await removePods(podTools, moves.remove));
    const present = owned(pods, set);
    const status = daemonSetStatus(set, onNodes(present), hash, now);
    if (canonicalJson(status) !== canonicalJson(set.status ?? {}))
      unlessGone(
        await access.replace(DAEMON_SETS, { ...set, status }, 'status'),
        `write the status of ${key}`,
      );
    const inUse = present.map(
      ({ metadata }) => `${set.metadata.name}-${metadata.labels?.[REVISION_HASH] ?? ''}`,
    );
    await forgetRevisions(revisions, set, new Set([...inUse, current.metadata.name]));
    return refused === undefined ? msUntilChange(set, present, now) : RETRY_AFTER_REFUSAL_MS;
  });

  const ends = [
    sets.onChange((now) => {
      if (now !== undefined) loop.add(keyOf(now));
    }),
    pods.onChange(enqueueOwner(loop, 'DaemonSet')),
    nodes.onChange((now, before) => {
      const isNews =
        now === undefined ||
        before === undefined ||
        canonicalJson(factsOf(now)) !== canonicalJson(factsOf(before));
      if (isNews) for (const set of sets.all()) loop.add(keyOf(set));
    }),
  ];
  return {
    stop: async () => {
      for (const end of ends) end();
      await loop.stop();
    },
  };
}

/** What of a node decides whether a pod belongs there; a heartbeat does not. */
function factsOf({
  metadata,
  spec,
}: {
  readonly metadata: { readonly labels?: object };
  readonly spec: object;
}): unknown {
  return [metadata.labels ?? {}, spec];
}

/** A pod that only one node fits; the scheduler brings it there. */
function daemonPod(set: DaemonSet, node: string, hash: string): object {
  const { template } = set.spec;
  const { affinity, tolerations = [] } = template.spec;
  const matchFields = [{ key: 'metadata.name', operator: 'In' as const, values: [node] }];
  return podFromTemplate(set, template, {
    naming: { generateName: `${set.metadata.name}-` },
    labels: { [REVISION_HASH]: hash },
    spec: {
      affinity: {
        ...affinity,
        nodeAffinity: {
          ...affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
        },
      },
      tolerations: [...tolerations, ...DAEMON_TOLERATIONS],
    },
  });
}

function msUntilChange({ spec }: DaemonSet, pods: readonly Pod[], now: number): number {
  const waits = pods
    .map((pod) => msUntilAvailable(pod, spec.minReadySeconds ?? 0, now))
    .filter((ms) => ms > 0);
  return Math.min(Number.POSITIVE_INFINITY, ...waits);
}
