import type { ManifestPath } from '../workloads/check-shape.ts';
import { type ArgoAdoption, faultOf } from './argo-adoption.ts';
import type { BlueGreenStrategy, CanaryStrategy, RolloutSpec } from './rollout-spec.ts';

/** Argo's default. */
const PROGRESS_DEADLINE_SECONDS = 600;

/** What Argo itself refuses of a Rollout beyond its shape (`pkg/apis/rollouts/validation`): each is a fault. */
export function argoRefusals(adoption: ArgoAdoption, spec: RolloutSpec): void {
  const refuse = (path: ManifestPath, message: string): void =>
    faultOf(adoption, path, `${message} Argo refuses it, too.`);
  const { progressDeadlineSeconds = PROGRESS_DEADLINE_SECONDS, minReadySeconds = 0 } = spec;
  if (progressDeadlineSeconds <= minReadySeconds)
    refuse(
      ['spec', 'progressDeadlineSeconds'],
      `${progressDeadlineSeconds} s are over before a pod counts as ready after minReadySeconds (${minReadySeconds} s).`,
    );
  const { canary, blueGreen } = spec.strategy;
  if (canary) ofCanary(canary, (key, message) => refuse(['spec', 'strategy', 'canary', key], message));
  if (blueGreen)
    ofBlueGreen(blueGreen, (key, message) => refuse(['spec', 'strategy', 'blueGreen', key], message));
}

type Refuse = (key: string, message: string) => void;

function ofBlueGreen({ activeService, previewService }: BlueGreenStrategy, refuse: Refuse): void {
  if (activeService === previewService)
    refuse('previewService', 'It is the active Service, which serves the old pods.');
}

function ofCanary(canary: CanaryStrategy, refuse: Refuse): void {
  const { stableService, canaryService, pingPong, trafficRouting } = canary;
  if (stableService !== undefined && stableService === canaryService)
    refuse('canaryService', 'It is the stable Service, which serves the old pods.');
  if (pingPong && pingPong.pingService === pingPong.pongService)
    refuse('pingPong', 'Two Services cannot take turns when they are one.');
  if (isZero(canary.maxSurge) && isZero(canary.maxUnavailable))
    refuse('maxSurge', 'With maxUnavailable of 0 it must be above 0, or no pod could ever be replaced.');
  if (!trafficRouting) {
    if (canary.dynamicStableScale) refuse('dynamicStableScale', 'It needs trafficRouting.');
    if (canary.scaleDownDelaySeconds !== undefined)
      refuse('scaleDownDelaySeconds', 'It needs trafficRouting.');
    return;
  }
  if (canary.dynamicStableScale && canary.scaleDownDelaySeconds !== undefined)
    refuse('scaleDownDelaySeconds', 'With dynamicStableScale no old pods are left that could be kept.');
  const byHost = trafficRouting.istio && !trafficRouting.istio.destinationRule && !pingPong;
  if (byHost && (stableService === undefined || canaryService === undefined))
    refuse(
      stableService === undefined ? 'stableService' : 'canaryService',
      'Istio without a DestinationRule routes by stableService and canaryService, and one of them is missing.',
    );
}

const isZero = (amount: number | string | undefined): boolean =>
  amount !== undefined && /^0%?$/.test(String(amount));
