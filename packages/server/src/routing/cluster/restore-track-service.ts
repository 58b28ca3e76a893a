import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { type RevisionId, type TrackId, trackNames } from '@sluice/core/kernel/ids.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { renderTrackService, trackServiceName } from '@sluice/kubernetes/render/render-service.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import type { SplitRequest } from '../traffic-router.ts';
import { serviceReference } from './needed-services.ts';
import { namedRevisions } from './reached-revisions.ts';

/** Whose Service is restored. */
export interface RestoredComponent {
  readonly client: Pick<ClusterClient, 'read' | 'apply'>;
  readonly component: ComponentSpec;
  readonly settings: KubernetesSettings;
  readonly revisionsOf: (track: TrackId) => Promise<readonly RevisionId[]>;
}

/**
 * Makes the Service of a track anew where somebody has removed it. The target makes it with a revision and never looks at it
 * again, as it does at those of revisions; so it comes back with the order for the requests that need it. What is there is
 * left as it is, whoever made it, and before a revision runs nothing is made: the first is the target's.
 *
 * @throws SluiceError `conflict` when it is just being removed; it is made when it is gone
 */
export async function restoreTrackService(
  { client, component, settings, revisionsOf }: RestoredComponent,
  { track, split, generation }: SplitRequest,
): Promise<void> {
  const running = await revisionsOf(track);
  const revision = namedRevisions(split).find((one) => running.includes(one));
  if (settings.workload.port === null || revision === undefined) return;
  const { namespace } = settings;
  const name = trackServiceName(track, settings);
  const present = await client.read(serviceReference(namespace, name));
  if (present?.metadata.deletionTimestamp !== undefined)
    throw new SluiceError(
      'conflict',
      `the Service ${namespace}/${name} is being removed; it is made anew when it is gone`,
      { next: 'retry' },
    );
  if (present !== undefined) return;
  const { application, environment } = trackNames(track);
  const of = { track, revision, version: '', application, environment, component, settings };
  for (const service of renderTrackService(of, generation)) await client.apply(service);
}
