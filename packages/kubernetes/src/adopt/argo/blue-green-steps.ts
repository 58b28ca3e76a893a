import type { Step } from '@sluice/core/rollout/step.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';
import { adoptAnalysis } from './adopt-analysis.ts';
import type { ArgoAdoption } from './argo-adoption.ts';
import type { BlueGreenStrategy } from './rollout-spec.ts';

/** Argo keeps the old pods for so long after the switch, in seconds. */
const SCALE_DOWN_DELAY_SECONDS = 30;

/** The plan of a blue-green rollout. */
export interface BlueGreenSteps {
  readonly steps: readonly Step[];
  readonly keepOldMs: number;
}

/**
 * Argo's order of events: preview pods, analysis before, a pause (for a person, or for a time), all pods, the switch,
 * analysis after, and the old pods away after a delay.
 */
export function blueGreenSteps(
  adoption: ArgoAdoption,
  blueGreen: BlueGreenStrategy,
  replicas: number,
): BlueGreenSteps {
  const path: ManifestPath = ['spec', 'strategy', 'blueGreen'];
  const preview = Math.max(1, blueGreen.previewReplicaCount ?? replicas);
  const { prePromotionAnalysis, postPromotionAnalysis } = blueGreen;
  const keepOldMs = (blueGreen.scaleDownDelaySeconds ?? SCALE_DOWN_DELAY_SECONDS) * 1000;
  const steps: Step[] = [provision(preview, replicas)];
  if (prePromotionAnalysis)
    steps.push({
      // Nothing is sent to the preview yet, so that silence says nothing; a settling step takes it so.
      kind: 'settle',
      durationMs: 0,
      criteria: [],
      measurements: adoptAnalysis(adoption, prePromotionAnalysis, {
        path: [...path, 'prePromotionAnalysis'],
        background: false,
      }),
    });
  steps.push(...pauseOf(blueGreen));
  if (preview !== replicas) steps.push(provision(replicas, replicas));
  steps.push({ kind: 'switch' });
  if (postPromotionAnalysis)
    steps.push({
      kind: 'settle',
      durationMs: 0,
      criteria: [],
      measurements: adoptAnalysis(adoption, postPromotionAnalysis, {
        path: [...path, 'postPromotionAnalysis'],
        background: false,
      }),
    });
  return { steps: [...steps, { kind: 'retire', delayMs: keepOldMs }], keepOldMs };
}

const provision = (candidate: number, stable: number): Step => ({
  kind: 'provision',
  candidate,
  stable,
  dedicatedPorts: false,
});

/** Without automatic promotion a person decides, and the seconds count for nothing. */
function pauseOf({
  autoPromotionEnabled = true,
  autoPromotionSeconds = 0,
}: BlueGreenStrategy): readonly Step[] {
  if (!autoPromotionEnabled) return [{ kind: 'approve', prompt: 'promotion of the preview' }];
  return autoPromotionSeconds > 0 ? [{ kind: 'hold', durationMs: autoPromotionSeconds * 1000 }] : [];
}
