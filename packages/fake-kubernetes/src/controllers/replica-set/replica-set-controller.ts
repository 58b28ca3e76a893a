import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { keyOf } from '../objects/api-object.ts';
import { type Pod, isActive, msUntilAvailable } from '../objects/pod.ts';
import { PODS, REPLICA_SETS } from '../objects/resource.ts';
import type { ReplicaSet } from '../objects/workload.ts';
import { inDeletionOrder } from '../pods/deletion-order.ts';
import { type PodTools, makePods, removePods } from '../pods/make-pods.ts';
import { claimed, indexByManager, owned } from '../pods/owned.ts';
import { podFromTemplate } from '../pods/pod-from-template.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import { enqueueOwner } from '../watching/enqueue-owner.ts';
import { unlessGone } from '../watching/object-access.ts';
import { type ReplicaFailure, replicaSetStatus } from './replica-set-status.ts';

/** As many pods as are made or removed in one turn. */
const BURST = 500;

/** Keeps as many pods as each ReplicaSet wants. */
export function replicaSetController(tools: ControllerTools): Controller {
  const { informers, clock } = tools;
  const access = tools.accessAs('kube-controller-manager');
  const podTools: PodTools = { access, events: tools.events, component: 'replicaset-controller' };
  const sets = informers.of(REPLICA_SETS);
  const pods = informers.of(PODS);
  indexByManager(pods);

  const loop = new ControlLoop(clock, async (key) => {
    const set = sets.byKey(key);
    if (set === undefined) return undefined;
    const { selector } = set.spec;
    const mine = await claimed({ owner: set, selector, resource: PODS, informer: pods, access });
    const failure =
      set.metadata.deletionTimestamp === undefined
        ? await adjust(podTools, set, mine.filter(isActive))
        : undefined;
    // Those that were just made or removed count at once. One moment serves both the status and the next look, so that
    // no pod becomes available between the two unseen.
    const now = clock.now();
    const present = owned(pods, set).filter(isActive);
    const status = replicaSetStatus(set, present, failure, now);
    if (canonicalJson(status) !== canonicalJson(set.status ?? {}))
      unlessGone(
        await access.replace(REPLICA_SETS, { ...set, status }, 'status'),
        `write the status of ${key}`,
      );
    return failure === undefined ? msUntilNextAvailable(set, present, now) : RETRY_AFTER_REFUSAL_MS;
  });

  const ends = [
    sets.onChange((now, before) => {
      const changed = now ?? before;
      if (changed !== undefined) loop.add(keyOf(changed));
    }),
    pods.onChange(enqueueOwner(loop, 'ReplicaSet')),
  ];
  return {
    stop: async () => {
      for (const end of ends) end();
      await loop.stop();
    },
  };
}

/** A refused pod is tried again after a while even if nothing is heard of the quota or the webhook that refused it. */
const RETRY_AFTER_REFUSAL_MS = 500;

async function adjust(
  tools: PodTools,
  set: ReplicaSet,
  active: readonly Pod[],
): Promise<ReplicaFailure | undefined> {
  const missing = (set.spec.replicas ?? 1) - active.length;
  if (missing > 0) {
    const naming = { generateName: `${set.metadata.name}-` };
    const body = podFromTemplate(set, set.spec.template, { naming });
    const bodies = Array.from({ length: Math.min(BURST, missing) }, () => body);
    const refused = await makePods(tools, set, bodies);
    return refused && { reason: 'FailedCreate', message: refused.message };
  }
  const leaving = inDeletionOrder(active).slice(0, Math.min(BURST, -missing));
  const refused = missing < 0 ? await removePods(tools, leaving) : undefined;
  return refused && { reason: 'FailedDelete', message: refused.message };
}

function msUntilNextAvailable(set: ReplicaSet, pods: readonly Pod[], now: number): number {
  const { minReadySeconds = 0 } = set.spec;
  if (minReadySeconds === 0) return Number.POSITIVE_INFINITY;
  const waits = pods.map((pod) => msUntilAvailable(pod, minReadySeconds, now)).filter((ms) => ms > 0);
  return Math.min(...waits);
}
