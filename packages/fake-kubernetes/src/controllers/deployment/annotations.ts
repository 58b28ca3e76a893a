import type { ReplicaSet, Deployment } from '../objects/workload.ts';
import { DESIRED_REPLICAS, MAX_REPLICAS, REVISION, REVISION_HISTORY } from './annotation-names.ts';
import { rollingBounds, wantedReplicas } from './replica-set-sizes.ts';

/** What a Deployment says of itself alone and does not hand on to its sets. */
const ownAnnotations = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
]);

type Annotations = Readonly<Record<string, string>>;

/** The number of a set's revision; 0 where it has none. */
export function revisionOf({ metadata }: Pick<ReplicaSet, 'metadata'>): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

/** How a set notes for which wanted number it was sized. */
export function sizeAnnotations(deployment: Deployment): Annotations {
  const wanted = wantedReplicas(deployment);
  return {
    [DESIRED_REPLICAS]: String(wanted),
    [MAX_REPLICAS]: String(wanted + rollingBounds(deployment, wanted).maxSurge),
  };
}

/**
 * The annotations that the current set is to have: those of the Deployment, and the revision, which is kept when it is
 * higher already. A revision that is given up is remembered.
 */
export function newSetAnnotations(
  deployment: Deployment,
  before: Annotations | undefined,
  revision: number,
): Annotations {
  const handedOn = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([name]) => !ownAnnotations.has(name),
  );
  const kept = { ...before, ...Object.fromEntries(handedOn) };
  const old = before?.[REVISION];
  if (Number(old ?? 0) >= revision) return kept;
  const history = [before?.[REVISION_HISTORY], old].filter((entry) => entry !== undefined && entry !== '');
  return {
    ...kept,
    [REVISION]: String(revision),
    ...(old === undefined ? {} : { [REVISION_HISTORY]: history.join(',') }),
  };
}
