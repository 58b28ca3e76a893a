import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { type ApiObject, keyOf } from '../objects/api-object.ts';
import type { LabelSelector } from '../objects/label-selector.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS, type Resource, STATEFUL_SETS } from '../objects/resource.ts';
import { indexByLabel, selectedBy } from '../pods/by-label.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import { type ObjectAccess, unlessGone } from '../watching/object-access.ts';
import { planAutoscaler } from './autoscaler-plan.ts';
import { AUTOSCALERS, type HorizontalAutoscaler } from './horizontal-autoscaler.ts';
import type { ScalingHistory } from './limit-change.ts';
import type { MetricsTable } from './metrics-table.ts';

/** What the autoscalers look at, and how often. */
export interface AutoscalerOptions {
  readonly metrics: MetricsTable;
  /** 15,000 in a real cluster. */
  readonly intervalMs: number;
}

type Scaled = ApiObject & { readonly spec: { readonly replicas?: number; readonly selector: LabelSelector } };

const targets: readonly Resource<Scaled>[] = [DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS];

/** The longest window and period that Kubernetes permits, in ms. */
const MEMORY_MS = 3_600_000;

/** Changes the wanted number of pods by what they are said to use. */
export function autoscalerController(tools: ControllerTools, options: AutoscalerOptions): Controller {
  const { informers, clock } = tools;
  const access = tools.accessAs('kube-controller-manager');
  const autoscalers = informers.of(AUTOSCALERS);
  const pods = informers.of(PODS);
  const histories = new Map<string, ScalingHistory>();
  indexByLabel(pods);

  const loop = new ControlLoop(clock, async (key) => {
    const autoscaler = autoscalers.byKey(key);
    if (autoscaler === undefined) return undefined;
    const resource = targets.find(({ kind }) => kind === autoscaler.spec.scaleTargetRef.kind);
    const namespace = autoscaler.metadata.namespace ?? '';
    const target = resource && informers.of(resource).get(namespace, autoscaler.spec.scaleTargetRef.name);
    if (resource === undefined || target === undefined) return options.intervalMs;
    const current = target.spec.replicas ?? 1;
    const history = histories.get(autoscaler.metadata.uid) ?? { wishes: [], changes: [] };
    const picked = selectedBy(pods, namespace, target.spec.selector);
    const view = { autoscaler, current, pods: picked, metrics: options.metrics, history };
    const plan = planAutoscaler(view, clock.now());
    if (plan.replicas !== current) await scale(access, resource, target, plan.replicas);
    const change = { wish: plan.wish, by: plan.replicas - current };
    histories.set(autoscaler.metadata.uid, remember(history, change, clock.now()));
    await writeStatus(access, { ...autoscaler, status: plan.status }, autoscaler);
    return options.intervalMs;
  });

  const ends = [
    autoscalers.onChange((now, before) => {
      if (now === undefined && before !== undefined) histories.delete(before.metadata.uid);
      // Its own status is no news.
      const isNews =
        before === undefined ||
        now?.metadata.generation !== before.metadata.generation ||
        canonicalJson(now?.spec) !== canonicalJson(before.spec);
      if (now !== undefined && isNews) loop.add(keyOf(now));
    }),
  ];
  return {
    stop: async () => {
      for (const end of ends) end();
      await loop.stop();
    },
  };
}

async function scale(
  access: ObjectAccess,
  resource: Resource<Scaled>,
  target: Scaled,
  replicas: number,
): Promise<void> {
  const place = { ...target.metadata, subresource: 'scale' };
  unlessGone(await access.patchAs(resource, place, { spec: { replicas } }), `scale ${keyOf(target)}`);
}

async function writeStatus(
  access: ObjectAccess,
  autoscaler: HorizontalAutoscaler,
  before: HorizontalAutoscaler,
): Promise<void> {
  if (canonicalJson(autoscaler.status) === canonicalJson(before.status ?? {})) return;
  const written = await access.replace(AUTOSCALERS, autoscaler, 'status');
  unlessGone(written, `write the status of ${keyOf(autoscaler)}`);
}

function remember(
  { wishes, changes }: ScalingHistory,
  { wish, by }: { readonly wish: number | null; readonly by: number },
  now: number,
): ScalingHistory {
  const isFresh = ({ at }: { readonly at: number }): boolean => at > now - MEMORY_MS;
  return {
    wishes: [...wishes.filter(isFresh), ...(wish === null ? [] : [{ at: now, replicas: wish }])],
    changes: [...changes.filter(isFresh), ...(by === 0 ? [] : [{ at: now, by }])],
  };
}
