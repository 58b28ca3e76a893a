import { trackNames } from '@sluice/core/kernel/ids.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { renderTrackService } from '@sluice/kubernetes/render/render-service.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import type { SplitRequest } from '../traffic-router.ts';

/** Whose Service is taken over. */
export interface AdoptedComponent {
  readonly client: Pick<ClusterClient, 'read' | 'apply'>;
  readonly component: ComponentSpec;
  readonly settings: KubernetesSettings;
}

/**
 * Takes over the Service that callers knew an adopted workload by, once something of Sluice serves. Until then it leads to
 * the pods that were there before; from then on its ports and, but for plain Services, its selector are Sluice's, whoever
 * applied them first.
 */
export async function takeOverService(
  { client, component, settings }: AdoptedComponent,
  { track, split, generation }: SplitRequest,
): Promise<void> {
  const [first] = split.weights;
  const isAdopted = settings.workload.kind === 'template' && settings.workload.service !== undefined;
  if (!isAdopted || first === undefined) return;
  const { application, environment } = trackNames(track);
  const of = { track, revision: first.revision, version: '', application, environment, component, settings };
  for (const service of renderTrackService(of, generation)) {
    const { apiVersion, kind, metadata } = service;
    const { name, namespace } = metadata;
    const present = await client.read({ apiVersion, kind, name, namespace });
    if (present?.metadata.annotations?.[TRACK] === undefined) await client.apply(service, { force: true });
  }
}
