import type { BackgroundMeasurement } from '@sluice/core/rollout/measurement-spec.ts';
import type { Step } from '@sluice/core/rollout/step.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';
import { adoptAnalysis } from './adopt-analysis.ts';
import { adoptExperiment } from './adopt-experiment.ts';
import { type ArgoAdoption, differenceOf, faultOf } from './argo-adoption.ts';
import type { ArmNames } from './arm-names.ts';
import { type CanaryScale, podsNearestTo } from './canary-capacity.ts';
import { CanaryPlan } from './canary-plan.ts';
import { pauseMs } from './go-duration.ts';
import { headerMatches, mirrorBasisPoints } from './header-routes.ts';
import { rollingAmounts, surgeOf } from './rolling-amounts.ts';
import type { CanaryStep, CanaryStrategy, TrafficRouting } from './rollout-spec.ts';

/** Argo keeps the old pods for so long after the switch when a router splits the traffic, in seconds. */
const SCALE_DOWN_DELAY_SECONDS = 30;
const MAX_WEIGHT = 100;

/** The plan of a canary. */
export interface AdoptedSteps {
  readonly steps: readonly Step[];
  readonly background: readonly BackgroundMeasurement[];
  readonly keepOldMs: number;
}

interface Walk {
  readonly adoption: ArgoAdoption;
  readonly plan: CanaryPlan;
  readonly arms: ArmNames;
  readonly routing: TrafficRouting | undefined;
  readonly scale: CanaryScale;
  /** Whether a background analysis runs from this step on. */
  isWatched: boolean;
}

/** The steps of a canary in the words of the engine, and what is measured beside them. */
export function canarySteps(
  adoption: ArgoAdoption,
  canary: CanaryStrategy,
  { replicas, arms }: { readonly replicas: number; readonly arms: ArmNames },
): AdoptedSteps {
  const path: ManifestPath = ['spec', 'strategy', 'canary'];
  const routing = canary.trafficRouting;
  const maxWeight = routing?.maxTrafficWeight ?? MAX_WEIGHT;
  const scale = {
    replicas,
    maxWeight,
    minPods: canary.minPodsPerReplicaSet ?? 1,
    dynamicStable: canary.dynamicStableScale ?? false,
    maxSurge: routing ? 0 : surgeOf(rollingAmounts(adoption, canary).maxSurge, replicas),
  };
  const plan = new CanaryPlan(scale, routing === undefined);
  const startingStep = canary.analysis?.startingStep ?? 0;
  const measured = canary.analysis
    ? adoptAnalysis(adoption, canary.analysis, { path: [...path, 'analysis'], background: true })
    : [];
  const walk: Walk = { adoption, plan, arms, routing, scale, isWatched: false };
  let fromStep = 0;
  for (const [index, step] of (canary.steps ?? []).entries()) {
    if (index === startingStep) fromStep = plan.steps.length;
    walk.isWatched = measured.length > 0 && index >= startingStep;
    takeStep(walk, step, [...path, 'steps', index]);
  }
  if (startingStep >= (canary.steps ?? []).length && startingStep > 0) fromStep = plan.steps.length;
  const keepOldMs = routing ? (canary.scaleDownDelaySeconds ?? SCALE_DOWN_DELAY_SECONDS) * 1000 : 0;
  return {
    steps: plan.finish(keepOldMs),
    background: measured.map((spec) => ({ ...spec, fromStep })),
    keepOldMs,
  };
}

function takeStep(walk: Walk, step: CanaryStep, path: ManifestPath): void {
  if (step.setWeight !== undefined) return setWeight(walk, step.setWeight, path);
  if (step.pause) return pause(walk, step.pause, path);
  if (step.setCanaryScale) return setCanaryScale(walk, step.setCanaryScale, path);
  if (step.setHeaderRoute || step.setMirrorRoute) return setRoute(walk, step, path);
  if (step.analysis) {
    const measurements = adoptAnalysis(walk.adoption, step.analysis, {
      path: [...path, 'analysis'],
      background: false,
    });
    return walk.plan.measure(0, measurements);
  }
  if (step.experiment) return experiment(walk, step.experiment, [...path, 'experiment']);
  if (step.plugin)
    return faultOf(
      walk.adoption,
      [...path, 'plugin'],
      `Sluice runs no step plugins, so it cannot run ${step.plugin.name}. Write what it does as an analysis with a job (any program in a container) or web metric, or as a pause.`,
    );
  differenceOf(
    walk.adoption,
    path,
    'Argo’s documentation shows this as a step, its definition has it beside the steps. Sluice always waits for all pods of a step.',
  );
}

function setWeight(walk: Walk, weight: number, path: ManifestPath): void {
  const { plan, adoption, scale, routing } = walk;
  const { maxWeight, replicas } = scale;
  const at = [...path, 'setWeight'];
  if (weight > maxWeight)
    return faultOf(adoption, at, `A weight from 0 to ${maxWeight} was expected, not ${weight}.`);
  if (!routing && weight < plan.weight)
    return faultOf(
      adoption,
      at,
      `It takes the weight back from ${plan.weight} to ${weight}. Without a traffic router Sluice only lets a candidate grow; a rollback takes back by itself.`,
    );
  if (!routing && weight > 0 && weight < maxWeight && !podsNearestTo(weight, scale))
    differenceOf(
      adoption,
      path,
      `With ${replicas} replica${replicas === 1 ? '' : 's'} and without maxSurge Argo gives the new version none or all of the pods at this weight; Sluice runs at least one of each version.`,
    );
  tellMorePods(walk, plan.stand({ weight }), path);
}

function tellMorePods(
  { adoption, plan, scale: { maxWeight } }: Walk,
  more: number,
  path: ManifestPath,
): void {
  if (more <= 0) return;
  differenceOf(
    adoption,
    path,
    plan.weight > 0
      ? `Argo would send ${plan.weight} of ${maxWeight} parts of the traffic to fewer pods than that share needs; Sluice starts ${more} more, because no revision gets a share that its pods cannot carry.`
      : `Argo would send these requests to a canary without pods; Sluice starts ${more}.`,
  );
}

function pause(walk: Walk, { duration }: NonNullable<CanaryStep['pause']>, path: ManifestPath): void {
  const { plan, adoption, isWatched } = walk;
  if (duration === undefined) return plan.approve(`pause of step ${Number(path.at(-1)) + 1}`);
  const ms = pauseMs(duration);
  if (ms === undefined)
    return faultOf(
      adoption,
      [...path, 'pause', 'duration'],
      `A number of seconds or a duration such as 10m was expected, not \`${duration}\`.`,
    );
  if (ms === 0) return undefined;
  // In a step that judges, an outage of the background analysis or an unclear answer holds the rollout.
  return isWatched && plan.isReached ? plan.measure(ms, []) : plan.hold(ms);
}

function setCanaryScale(
  walk: Walk,
  { replicas, weight, matchTrafficWeight }: NonNullable<CanaryStep['setCanaryScale']>,
  path: ManifestPath,
): void {
  if (!walk.routing)
    return faultOf(
      walk.adoption,
      [...path, 'setCanaryScale'],
      'It needs trafficRouting, and Argo refuses it without.',
    );
  const more = walk.plan.stand({
    rule: matchTrafficWeight
      ? { kind: 'follow' }
      : replicas !== undefined
        ? { kind: 'replicas', replicas }
        : weight !== undefined
          ? { kind: 'weight', weight }
          : { kind: 'follow' },
  });
  tellMorePods(walk, more, path);
}

function setRoute(walk: Walk, { setHeaderRoute, setMirrorRoute }: CanaryStep, path: ManifestPath): void {
  const { adoption, routing, plan } = walk;
  const key = setHeaderRoute ? 'setHeaderRoute' : 'setMirrorRoute';
  const at = [...path, key];
  if (!routing)
    return faultOf(
      adoption,
      at,
      `It needs a traffic router (trafficRouting.istio, or the plugin argoproj-labs/gatewayAPI); the number of pods cannot choose among requests.`,
    );
  if (setHeaderRoute)
    tellMorePods(
      walk,
      plan.withMatches(setHeaderRoute.name ?? '', headerMatches(adoption, setHeaderRoute, routing, at)),
      path,
    );
  if (setMirrorRoute)
    tellMorePods(
      walk,
      plan.withMirror(setMirrorRoute.name, mirrorBasisPoints(adoption, setMirrorRoute, routing, at)),
      path,
    );
}

function experiment(walk: Walk, step: NonNullable<CanaryStep['experiment']>, path: ManifestPath): void {
  const { adoption, plan, routing } = walk;
  const { maxWeight } = walk.scale;
  const adopted = adoptExperiment(adoption, step, walk.arms, path);
  if (!adopted) return;
  if (adopted.weight !== null && !routing)
    return faultOf(
      adoption,
      [...path, 'templates'],
      'A weight needs trafficRouting, and Argo refuses it without.',
    );
  const { weight, rule } = plan;
  // Argo gives the experiment's pods their weight beside that of the canary; both run the new version.
  const during = weight + (adopted.weight ?? 0);
  if (adopted.weight !== null && during >= maxWeight)
    return faultOf(
      adoption,
      [...path, 'templates'],
      `With the weight of the steps before, ${during} of ${maxWeight} parts of the traffic would be the new version’s, and nothing is left for stable, with which it is compared. Write smaller weights.`,
    );
  if (routing) {
    plan.stand({
      weight: during,
      rule: { kind: 'replicas', replicas: Math.max(plan.candidates, adopted.candidates) },
    });
  } else
    differenceOf(
      adoption,
      [...path, 'templates'],
      'Without a traffic router its pods would take requests by their number; in Sluice the share stays what the steps before made it.',
    );
  plan.measure(adopted.durationMs, adopted.measurements);
  if (routing) plan.stand({ weight, rule });
}
