import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { keyOf } from '../objects/api-object.ts';
import { type Pod, msUntilAvailable } from '../objects/pod.ts';
import { CONTROLLER_REVISIONS, PODS, type Resource, STATEFUL_SETS } from '../objects/resource.ts';
import type { ControllerRevision, StatefulSet } from '../objects/workload.ts';
import { makePods, removePods } from '../pods/make-pods.ts';
import { claimed, indexByManager, owned } from '../pods/owned.ts';
import {
  type RevisionTools,
  REVISION_HASH,
  currentRevision,
  forgetRevisions,
  templateOf,
} from '../revisions/controller-revisions.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import { enqueueOwner } from '../watching/enqueue-owner.ts';
import { must, unlessGone } from '../watching/object-access.ts';
import { nextMoves, partitionOf } from './next-moves.ts';
import { statefulPod, volumeClaims } from './stateful-pod.ts';
import { statefulSetStatus } from './stateful-set-status.ts';

const CLAIMS: Resource = {
  group: '',
  version: 'v1',
  plural: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
};

const RETRY_AFTER_REFUSAL_MS = 500;

/** Keeps the pods of StatefulSets, in order and by partition. */
export function statefulSetController(tools: ControllerTools): Controller {
  const { informers, clock } = tools;
  const access = tools.accessAs('kube-controller-manager');
  const podTools = { access, events: tools.events, component: 'statefulset-controller' };
  const sets = informers.of(STATEFUL_SETS);
  const pods = informers.of(PODS);
  const revisions: RevisionTools = { informer: informers.of(CONTROLLER_REVISIONS), access };
  indexByManager(pods);
  indexByManager(revisions.informer);

  const loop = new ControlLoop(clock, async (key) => {
    const set = sets.byKey(key);
    if (set === undefined) return undefined;
    const { selector } = set.spec;
    const mine = await claimed({ owner: set, selector, resource: PODS, informer: pods, access });
    if (set.metadata.deletionTimestamp !== undefined) return undefined;
    const update = await currentRevision(revisions, set);
    const updateName = update.metadata.name;
    const current = set.status?.currentRevision ?? updateName;
    // One moment for all, so that no pod becomes available between two looks unseen.
    const now = clock.now();
    const moves = nextMoves(set, mine, updateName, now);
    for (const ordinal of moves.create) await makeClaims(set, ordinal);
    const bodies = moves.create.map((ordinal) => podBody(set, ordinal, update, current));
    const refused = (await makePods(podTools, set, bodies)) ?? (await removePods(podTools, moves.remove));
    const present = owned(pods, set);
    const status = statefulSetStatus(set, present, { current, update: updateName }, now);
    if (canonicalJson(status) !== canonicalJson(set.status ?? {}))
      unlessGone(
        await access.replace(STATEFUL_SETS, { ...set, status }, 'status'),
        `write the status of ${key}`,
      );
    const inUse = present.map(({ metadata }) => metadata.labels?.[REVISION_HASH] ?? '');
    await forgetRevisions(
      revisions,
      set,
      new Set([...inUse, updateName, status.currentRevision ?? updateName]),
    );
    return refused === undefined ? msUntilChange(set, present, now) : RETRY_AFTER_REFUSAL_MS;
  });

  async function makeClaims(set: StatefulSet, ordinal: number): Promise<void> {
    for (const body of volumeClaims(set, ordinal)) {
      const written = await access.create(CLAIMS, { namespace: set.metadata.namespace }, body);
      if (!written.ok && written.reason !== 'AlreadyExists') must(written, `make a claim of ${keyOf(set)}`);
    }
  }

  /** Below the partition a pod comes back as it was. */
  function podBody(set: StatefulSet, ordinal: number, update: ControllerRevision, current: string): object {
    const kept = revisions.informer.get(set.metadata.namespace, current);
    const isKept = set.spec.updateStrategy?.type !== 'OnDelete' && ordinal < partitionOf(set);
    const revision = isKept && kept !== undefined ? kept : update;
    return statefulPod(set, templateOf(revision), ordinal, revision.metadata.name);
  }

  const ends = [
    sets.onChange((now) => {
      if (now !== undefined) loop.add(keyOf(now));
    }),
    pods.onChange(enqueueOwner(loop, 'StatefulSet')),
  ];
  return {
    stop: async () => {
      for (const end of ends) end();
      await loop.stop();
    },
  };
}

function msUntilChange({ spec }: StatefulSet, pods: readonly Pod[], now: number): number {
  const waits = pods
    .map((pod) => msUntilAvailable(pod, spec.minReadySeconds ?? 0, now))
    .filter((ms) => ms > 0);
  return Math.min(Number.POSITIVE_INFINITY, ...waits);
}
