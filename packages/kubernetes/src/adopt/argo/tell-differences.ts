import type { ManifestPath } from '../workloads/check-shape.ts';
import { type ArgoAdoption, differenceOf } from './argo-adoption.ts';
import type { BlueGreenStrategy, CanaryStrategy, RolloutSpec } from './rollout-spec.ts';

/** Says of every key that means something else in Sluice, or nothing, what it means. */
export function tellDifferences(adoption: ArgoAdoption, spec: RolloutSpec): void {
  const tell = (path: ManifestPath, message: string): void => differenceOf(adoption, path, message);
  tellOfRollout(tell, spec);
  const { canary, blueGreen } = spec.strategy;
  if (canary) tellOfCanary((key, message) => tell(['spec', 'strategy', 'canary', key], message), canary);
  if (blueGreen)
    tellOfBlueGreen((key, message) => tell(['spec', 'strategy', 'blueGreen', key], message), blueGreen);
}

type Tell = (path: ManifestPath, message: string) => void;
type TellKey = (key: string, message: string) => void;

function tellOfRollout(tell: Tell, spec: RolloutSpec): void {
  tell(
    [],
    'Sluice does not apply this Rollout: it makes a Deployment per revision. The Rollout and its pods in the cluster are left alone; delete it when the first release serves. As in Argo, a new version in the middle of a release takes its place and begins at the first step.',
  );
  if (!spec.progressDeadlineAbort)
    tell(
      ['spec', 'progressDeadlineSeconds'],
      'Argo marks a Rollout without progress as degraded and goes on waiting, unless progressDeadlineAbort is set; Sluice rolls back, as with progressDeadlineAbort.',
    );
  if (spec.paused)
    tell(
      ['spec', 'paused'],
      'Argo goes no further while this is true. Sluice releases it when it is asked to, whatever stands here; `sluice pause` holds a release.',
    );
  if (spec.restartAt !== undefined)
    tell(['spec', 'restartAt'], 'Sluice restarts nothing at a time that a file names.');
  if (spec.revisionHistoryLimit !== undefined)
    tell(
      ['spec', 'revisionHistoryLimit'],
      'Sluice keeps revisions to go back to by its own retention, not by this number.',
    );
  if (spec.rollbackWindow)
    tell(
      ['spec', 'rollbackWindow'],
      'In Argo an earlier template skips the steps when it is within the window. In Sluice `sluice rollback` brings any kept revision back at once, and `sluice deploy` of an earlier file goes through all steps.',
    );
  if (spec.analysis)
    tell(
      ['spec', 'analysis'],
      'Sluice keeps what was measured with the history of the rollout, not as objects.',
    );
  if (spec.workloadRef)
    tell(
      ['spec', 'workloadRef'],
      `Sluice takes the template of the Deployment and leaves the Deployment alone${spec.workloadRef.scaleDown && spec.workloadRef.scaleDown !== 'never' ? `, also where Argo would scale it down (${spec.workloadRef.scaleDown})` : ''}; delete it when the first release serves.`,
    );
}

function tellOfCanary(tell: TellKey, canary: CanaryStrategy): void {
  if (canary.pingPong)
    tell(
      'pingPong',
      'Sluice needs no pair of Services that take turns: every revision has a Service of its own whose selector never changes, which is what ping-pong is for. Routes are directed to those.',
    );
  if (canary.canaryMetadata) tell('canaryMetadata', LABELS);
  if (canary.stableMetadata) tell('stableMetadata', LABELS);
  if (canary.replicaProgressThreshold)
    tell('replicaProgressThreshold', 'Sluice goes on when all pods of a step are ready, not a part of them.');
  const unnamed = (['stableService', 'canaryService'] as const).filter((key) => canary[key] === undefined);
  if (canary.trafficRouting?.plugins && !canary.pingPong && unnamed.length > 0)
    tell(
      'trafficRouting',
      `Argo’s plugin finds the rules of a route by stableService and canaryService and stops with an error without them; here ${unnamed.join(' and ')} ${unnamed.length > 1 ? 'are' : 'is'} missing. Sluice changes the rules that lead to the Service over the pods.`,
    );
  tellOfBoth(tell, canary);
  tellOfPauses(tell, canary);
  if (canary.trafficRouting) return tellOfRoutes(tell, canary);
  if (!canary.steps) return;
  tell(
    'steps',
    'Without a traffic router shares are made of whole pods, as in Argo. Argo moves them within maxSurge and maxUnavailable, a quarter each unless said; Sluice starts all new pods of a step before any old one goes, so that the component is never below its number and a step needs as many pods more for a while.',
  );
}

function tellOfPauses(tell: TellKey, { analysis, steps = [] }: CanaryStrategy): void {
  if (analysis && steps.some(({ pause }) => pause?.duration !== undefined))
    tell(
      'analysis',
      'When it is inconclusive, both wait for a person. In Argo the time of a pause runs on meanwhile; Sluice stays where it is until `sluice promote` takes it to the next step.',
    );
}

function tellOfRoutes(tell: TellKey, canary: CanaryStrategy): void {
  const { managedRoutes = [] } = canary.trafficRouting ?? {};
  if (managedRoutes.length > 0)
    tell(
      'trafficRouting',
      `Argo puts rules of its own before the others under the names of managedRoutes. Sluice’s rules for headers are called sluice-match-0-0 and so on, and a mirror is set on the rules that are there.`,
    );
  if (!canary.dynamicStableScale || canary.abortScaleDownDelaySeconds !== undefined)
    tellOfAbort(tell, canary);
}

/** Argo's default, in seconds; without a traffic router a canary has no such delay. */
const ABORT_SCALE_DOWN_DELAY_SECONDS = 30;

function tellOfAbort(
  tell: TellKey,
  { abortScaleDownDelaySeconds = ABORT_SCALE_DOWN_DELAY_SECONDS }: CanaryStrategy | BlueGreenStrategy,
): void {
  const kept =
    abortScaleDownDelaySeconds === 0 ? 'until the next release' : `for ${abortScaleDownDelaySeconds} s`;
  tell(
    'abortScaleDownDelaySeconds',
    `After an abort Argo keeps the new pods ${kept}. Sluice stops them as soon as no router sends them anything and their requests are finished.`,
  );
}

const LABELS =
  'Labels and annotations of Sluice’s pods do not change during a rollout; by the label sluice.dev/revision each revision can be told apart.';

function tellOfBlueGreen(tell: TellKey, blueGreen: BlueGreenStrategy): void {
  if (blueGreen.activeMetadata) tell('activeMetadata', LABELS);
  if (blueGreen.previewMetadata) tell('previewMetadata', LABELS);
  if (blueGreen.previewReplicaCount === 0)
    tell('previewReplicaCount', 'Sluice starts at least one pod of the preview.');
  if (blueGreen.maxUnavailable !== undefined)
    tell('maxUnavailable', 'It limits restarts in Argo; Sluice restarts nothing by itself.');
  tellOfBoth(tell, blueGreen);
  tellOfAbort(tell, blueGreen);
}

function tellOfBoth(
  tell: TellKey,
  { antiAffinity, scaleDownDelayRevisionLimit }: CanaryStrategy | BlueGreenStrategy,
): void {
  if (antiAffinity)
    tell(
      'antiAffinity',
      'Argo keeps pods of the new and the old version off each other’s nodes. Sluice adds no such rule; the template’s own affinity stays.',
    );
  if (scaleDownDelayRevisionLimit !== undefined)
    tell('scaleDownDelayRevisionLimit', 'Sluice keeps one old copy after a promotion, the last stable one.');
}
