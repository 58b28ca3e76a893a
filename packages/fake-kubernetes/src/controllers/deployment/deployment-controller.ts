import { keyOf } from '../objects/api-object.ts';
import { withCondition } from '../objects/conditions.ts';
import { type Pod, hasEnded } from '../objects/pod.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../objects/resource.ts';
import type { ReplicaSet } from '../objects/workload.ts';
import { claimed, indexByManager, owned } from '../pods/owned.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import { enqueueOwner } from '../watching/enqueue-owner.ts';
import type { Informer } from '../watching/informer.ts';
import { DESIRED_REPLICAS } from './annotation-names.ts';
import {
  countedStatus,
  isComplete,
  msUntilLate,
  pauseCondition,
  rolloutStatus,
} from './deployment-status.ts';
import { DeploymentTurn } from './deployment-turn.ts';
import {
  nextNewSize,
  scaleInProportion,
  shrinkOldSets,
  sizeOf,
  totalSize,
  wantedReplicas,
} from './replica-set-sizes.ts';

/**
 * Moves Deployments from one ReplicaSet to the next. The order of the steps, and what is said in the conditions, follow
 * what a Kubernetes 1.34 was seen to do.
 */
export function deploymentController(tools: ControllerTools): Controller {
  const { informers, clock } = tools;
  const access = tools.accessAs('kube-controller-manager');
  const deployments = informers.of(DEPLOYMENTS);
  const sets = informers.of(REPLICA_SETS);
  const pods = informers.of(PODS);
  indexByManager(sets);
  indexByManager(pods);

  const loop = new ControlLoop(clock, async (key) => {
    const deployment = deployments.byKey(key);
    if (deployment === undefined) return undefined;
    const { selector } = deployment.spec;
    const mine = await claimed({
      owner: deployment,
      selector,
      resource: REPLICA_SETS,
      informer: sets,
      access,
    });
    const turn = new DeploymentTurn({ access, clock }, deployment, mine);
    await takeTurn(turn, pods);
    const { status } = turn.deployment;
    // A little later than the deadline, because times are stored in whole seconds.
    return msUntilLate(turn.deployment, status ?? {}, clock.now()) + 5;
  });

  const ends = [
    deployments.onChange((now, before) => {
      const changed = now ?? before;
      if (changed !== undefined) loop.add(keyOf(changed));
    }),
    sets.onChange(enqueueOwner(loop, 'Deployment')),
    pods.onChange((now, before) => {
      // Only a Recreate waits for pods themselves, and only for the last of them to go.
      if (now === undefined && before !== undefined) enqueueRecreate(before);
    }),
  ];

  function enqueueRecreate(pod: Pod): void {
    const manager = pod.metadata.ownerReferences?.find(({ kind }) => kind === 'ReplicaSet');
    const set = manager && sets.get(pod.metadata.namespace, manager.name);
    if (set !== undefined) enqueueOwner(loop, 'Deployment')(set, undefined);
  }

  return {
    stop: async () => {
      for (const end of ends) end();
      await loop.stop();
    },
  };
}

async function takeTurn(turn: DeploymentTurn, pods: Informer<Pod>): Promise<void> {
  if (turn.deployment.metadata.deletionTimestamp !== undefined)
    return turn.writeStatus(countedStatus(turn.view, turn.now));
  await notePause(turn);
  if (turn.deployment.spec.paused === true || isBeingScaled(turn)) return sync(turn);
  if (turn.deployment.spec.strategy?.type === 'Recreate') return recreate(turn, pods);
  return roll(turn);
}

async function notePause(turn: DeploymentTurn): Promise<void> {
  const { deployment, now } = turn;
  const condition = pauseCondition(deployment, now);
  if (condition === undefined) return;
  const conditions = withCondition(deployment.status?.conditions, condition, now);
  await turn.writeStatus({ ...deployment.status, conditions });
}

function isBeingScaled({ deployment, all }: DeploymentTurn): boolean {
  const wanted = String(wantedReplicas(deployment));
  return all.some(({ metadata, spec }) => {
    const sizedFor = metadata.annotations?.[DESIRED_REPLICAS];
    return spec.replicas !== 0 && sizedFor !== undefined && sizedFor !== wanted;
  });
}

/** Follows the wanted number alone: a new template waits. */
async function sync(turn: DeploymentTurn): Promise<void> {
  await turn.refreshNewSet();
  await scale(turn);
  if (turn.deployment.spec.paused === true) await turn.forgetOldSets();
  await turn.writeStatus(countedStatus(turn.view, turn.now));
}

async function scale(turn: DeploymentTurn): Promise<void> {
  const { deployment, newSet } = turn;
  const wanted = wantedReplicas(deployment);
  const only = onlyOrLatest(turn);
  if (only !== undefined) {
    if (sizeOf(only) !== wanted) await turn.resize(only, wanted);
    return;
  }
  if (newSet !== undefined && isSaturated(newSet, wanted)) {
    for (const set of turn.old) if (sizeOf(set) > 0) await turn.resize(set, 0);
    return;
  }
  if (deployment.spec.strategy?.type === 'Recreate') return;
  const active = turn.all.filter((set) => sizeOf(set) > 0);
  for (const { set, replicas } of scaleInProportion(deployment, active)) await turn.resize(set, replicas);
}

/** The set that is alone in having pods, or the newest where none has; undefined while several have. */
function onlyOrLatest({ newSet, old, all }: DeploymentTurn): ReplicaSet | undefined {
  const active = all.filter((set) => sizeOf(set) > 0);
  if (active.length === 0) return newSet ?? old.at(-1);
  return active.length === 1 ? active[0] : undefined;
}

function isSaturated(set: ReplicaSet, wanted: number): boolean {
  const sizedFor = set.metadata.annotations?.[DESIRED_REPLICAS];
  return sizeOf(set) === wanted && sizedFor === String(wanted) && set.status?.availableReplicas === wanted;
}

async function roll(turn: DeploymentTurn): Promise<void> {
  await turn.refreshNewSet();
  await turn.createNewSet();
  if (!(await growNew(turn)) && !(await shrinkOld(turn))) {
    if (isComplete(turn.deployment, turn.deployment.status ?? {})) await turn.forgetOldSets();
  }
  await turn.writeStatus(rolloutStatus(turn.view, turn.now));
}

/** Whether the new set got another size. */
async function growNew(turn: DeploymentTurn): Promise<boolean> {
  const { newSet } = turn;
  if (newSet === undefined) return false;
  const replicas = nextNewSize(turn.deployment, turn.all, sizeOf(newSet));
  if (replicas === sizeOf(newSet)) return false;
  await turn.resize(newSet, replicas);
  return true;
}

/** Whether an old set got another size. */
async function shrinkOld(turn: DeploymentTurn): Promise<boolean> {
  const { newSet } = turn;
  if (newSet === undefined || totalSize(turn.old) === 0) return false;
  const resizes = shrinkOldSets(turn.deployment, newSet, turn.old);
  for (const { set, replicas } of resizes) await turn.resize(set, replicas);
  return resizes.length > 0;
}

async function recreate(turn: DeploymentTurn, pods: Informer<Pod>): Promise<void> {
  await turn.refreshNewSet();
  const active = turn.old.filter((set) => sizeOf(set) > 0);
  for (const set of active) await turn.resize(set, 0);
  const isWaiting =
    active.length > 0 || turn.old.some((set) => owned(pods, set).some((pod) => !hasEnded(pod)));
  if (!isWaiting) {
    await turn.createNewSet();
    if (turn.newSet !== undefined) await turn.resize(turn.newSet, wantedReplicas(turn.deployment));
    if (isComplete(turn.deployment, turn.deployment.status ?? {})) await turn.forgetOldSets();
  }
  await turn.writeStatus(rolloutStatus(turn.view, turn.now));
}
