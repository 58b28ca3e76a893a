import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { REVISION, revisionSelector, selectorText } from '@sluice/kubernetes/objects/labels.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { overtaken } from '../../kubernetes/fencing.ts';
import { deploymentOf } from './apply-revision.ts';
import { rememberRemoval } from './removals.ts';
import { orderOn } from './order-marks.ts';

/** What retiring needs. */
export interface RetirePorts {
  readonly client: ClusterClient;
  readonly settings: KubernetesSettings;
  /** Whether a router may still send requests to a revision. */
  readonly isRouted: (track: TrackId, revision: RevisionId) => Promise<boolean>;
}

/** Kinds that a revision may have, in the order in which they go; the Deployment, which stands for it, is the last. */
const KINDS = [
  // First, or it would make its autoscaler anew.
  { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject' },
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  { apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'Secret' },
] as const;

/** Removes everything of a revision that bears its marks; pods finish their requests within their grace period. */
export async function retireRevision(
  { client, settings, isRouted }: RetirePorts,
  track: TrackId,
  revision: RevisionId,
  generation: number,
): Promise<void> {
  const reference = deploymentOf(settings, { track, id: revision });
  const deployment = await client.read(reference);
  const held = orderOn(deployment).generation;
  if (held > generation)
    throw overtaken(`the end of ${revision} of ${track}`, { heldGeneration: held, isReused: false });
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return;
  if (deployment.metadata.annotations?.[REVISION] !== revision)
    throw new SluiceError(
      'conflict',
      `${reference.name} is not the Deployment of ${revision}; it is left alone`,
      {
        next: 'ask-human',
      },
    );
  if (await isRouted(track, revision))
    throw new SluiceError('conflict', `${revision} of ${track} still gets requests; it is not retired`, {
      next: 'retry',
    });
  await rememberRemoval(client, settings.namespace, track, generation);
  const labels = selectorText(revisionSelector(track, revision));
  for (const { apiVersion, kind } of KINDS) {
    if (kind === 'ScaledObject' && settings.autoscaling?.pool?.scaler !== 'keda') continue;
    if (kind === 'VerticalPodAutoscaler' && settings.verticalAutoscaling === null) continue;
    if (kind === 'DestinationRule' && !hasTrafficPolicy(settings)) continue;
    for (const object of await client.list({ apiVersion, kind, namespace: settings.namespace, labels }))
      await client.remove({ apiVersion, kind, namespace: settings.namespace, name: object.metadata.name });
  }
  await client.remove(reference, { propagation: 'Background', ...uidOf(deployment.metadata.uid) });
}

/** Only then is the cluster asked for DestinationRules, which it may not have. */
const hasTrafficPolicy = ({ routers }: KubernetesSettings): boolean =>
  routers.some(
    (router) =>
      router.kind === 'istio' &&
      [router.outlierDetection, router.connectionPool, router.locality].some((policy) => policy !== null),
  );

const uidOf = (uid: string | undefined): { uid?: string } => (uid === undefined ? {} : { uid });
