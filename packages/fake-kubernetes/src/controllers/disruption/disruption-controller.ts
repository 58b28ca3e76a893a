import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { type ApiObject, controllerOf, keyOf } from '../objects/api-object.ts';
import type { LabelSelector } from '../objects/label-selector.ts';
import type { Pod } from '../objects/pod.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS, STATEFUL_SETS } from '../objects/resource.ts';
import { indexByLabel, indexBySelector, selectedBy, thoseSelecting } from '../pods/by-label.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import type { Informers } from '../watching/informers.ts';
import { unlessGone } from '../watching/object-access.ts';
import { BUDGETS, type DisruptionBudget, DISRUPTION_TIMEOUT_MS, budgetStatus } from './budget-status.ts';

/** Keeps the numbers by which the API server decides whether a pod may be evicted. */
export function disruptionController(tools: ControllerTools): Controller {
  const { informers, clock } = tools;
  const access = tools.accessAs('kube-controller-manager');
  const budgets = informers.of(BUDGETS);
  const pods = informers.of(PODS);
  indexByLabel(pods);
  indexBySelector(budgets, selectorOf);

  const loop = new ControlLoop(clock, async (key) => {
    const budget = budgets.byKey(key);
    if (budget === undefined || budget.metadata.deletionTimestamp !== undefined) return undefined;
    const picked = selectedBy(pods, budget.metadata.namespace ?? '', budget.spec.selector ?? {});
    const chosen = budget.spec.selector === undefined ? [] : picked;
    const status = budgetStatus(budget, chosen, wantedBy(informers, chosen), clock.now());
    if (canonicalJson(status) !== canonicalJson(budget.status ?? {}))
      unlessGone(
        await access.replace(BUDGETS, { ...budget, status }, 'status'),
        `write the status of ${key}`,
      );
    return status.disruptedPods === undefined ? undefined : DISRUPTION_TIMEOUT_MS;
  });

  const enqueueFor = (pod: Pod | undefined): void => {
    if (pod === undefined) return;
    for (const budget of thoseSelecting(budgets, pod, selectorOf)) loop.add(keyOf(budget));
  };
  const ends = [
    budgets.onChange((now) => {
      if (now !== undefined) loop.add(keyOf(now));
    }),
    pods.onChange((now, before) => {
      enqueueFor(now);
      enqueueFor(before);
    }),
  ];
  return {
    stop: async () => {
      for (const end of ends) end();
      await loop.stop();
    },
  };
}

function selectorOf({ spec }: DisruptionBudget): LabelSelector | undefined {
  return spec.selector;
}

/** How many pods the controllers of these pods want together; a pod without a controller that can be asked wants itself. */
function wantedBy(informers: Informers, pods: readonly Pod[]): number {
  const wanted = new Map<string, number>();
  for (const pod of pods) {
    const top = topController(informers, pod);
    if (top === undefined) wanted.set(pod.metadata.uid, 1);
    else wanted.set(top.metadata.uid, top.spec.replicas ?? 1);
  }
  return [...wanted.values()].reduce((sum, count) => sum + count, 0);
}

type Scaled = ApiObject & { readonly spec: { readonly replicas?: number } };

function topController(informers: Informers, pod: Pod): Scaled | undefined {
  const manager = controllerOf(pod);
  const { namespace } = pod.metadata;
  if (manager?.kind === 'StatefulSet') return informers.of(STATEFUL_SETS).get(namespace, manager.name);
  if (manager?.kind !== 'ReplicaSet') return undefined;
  const set = informers.of(REPLICA_SETS).get(namespace, manager.name);
  const above = set && controllerOf(set);
  if (above?.kind !== 'Deployment') return set;
  return informers.of(DEPLOYMENTS).get(namespace, above.name) ?? set;
}
