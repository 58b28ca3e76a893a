import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { EMPTY_SPLIT } from '@sluice/core/traffic/split.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { SPLIT_MANAGER, refuseForeign } from './apply-split.ts';
import { rivalRoutes } from './rival-routes.ts';
import { routesOfTrack } from './routes-of-track.ts';
import { rehearseTakeOver } from './take-over-service.ts';

/** A revision, as far as its routes follow from it. */
export interface RoutedRevision {
  readonly id: RevisionId;
  readonly track: TrackId;
  readonly component: ComponentSpec;
}

/**
 * Tries whether the objects that split a revision's requests could be made or changed, and changes nothing.
 *
 * @returns what will not work as it reads, in sentences: routes of others that take the same requests
 * @throws SluiceError the first thing that stands against it, such as a route that is to be adopted and is not there
 */
export async function rehearseRoutes(
  client: ClusterClient,
  { track, component, id: revision }: RoutedRevision,
): Promise<readonly string[]> {
  const settings = kubernetesSettings(component);
  const kinds = routesOfTrack({ client, track, component, settings });
  await rehearseTakeOver(client, track, settings);
  const split = { ...EMPTY_SPLIT, weights: [{ revision, basisPoints: 10_000 }] };
  const warnings: string[] = [];
  for (const kind of kinds) {
    // The target makes Services, and tries them.
    if (kind.madeBy === 'target') continue;
    const { apiVersion, kind: kindName, namespace, name } = kind.reference;
    const present = await client.read(kind.reference);
    refuseForeign(kind, present, { track });
    const spec = kind.spec(split, present);
    if (kind.madeBy === 'somebody-else') await client.patch(kind.reference, { spec }, { dryRun: true });
    else
      await client.apply(
        {
          apiVersion,
          kind: kindName,
          metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
          spec,
        },
        { dryRun: true, force: true, manager: SPLIT_MANAGER },
      );
    warnings.push(...(await rivalRoutes(client, kind, { track, ordered: spec })));
  }
  return warnings;
}
