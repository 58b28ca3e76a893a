/**
 * Purpose: makes those Services anew that requests need and somebody has removed, so that a route does not lead nowhere.
 *
 * The target makes Services with a revision and never looks at them again; what is missing of the way of requests is seen
 * and mended where the way is ordered. 1. Only for revisions that run: the first Services are the target's. 2. What is there
 * is left as it is, whoever made it. 3. What cannot be known, which are the ports of a revision other than the one whose
 * settings are at hand, is not guessed: its pods must declare them.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { type RevisionId, type TrackId, trackNames } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { VERSION_LABEL } from '@sluice/kubernetes/objects/labels.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import {
  renderRevisionService,
  renderTrackService,
  trackServiceName,
} from '@sluice/kubernetes/render/render-service.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import type { SplitRequest } from '../traffic-router.ts';
import { serviceReference } from './needed-services.ts';
import { namedRevisions } from './reached-revisions.ts';

/** Whose Services are restored. */
export interface RestoredComponent {
  readonly client: Pick<ClusterClient, 'read' | 'apply'>;
  /** Of the revision that the order for its split comes to: the first that it matches or weighs. */
  readonly component: ComponentSpec;
  readonly settings: KubernetesSettings;
  readonly revisionsOf: (track: TrackId) => Promise<readonly RevisionId[]>;
}

/**
 * Makes what is missing of the Services that a split needs, and that of the track in any case.
 *
 * @param needed names, of which those that are no Service of the track or of its revisions are passed over
 * @throws SluiceError `conflict` when one of them is just being removed; it is made when it is gone
 */
export async function restoreServices(
  of: RestoredComponent,
  needed: readonly string[],
  request: SplitRequest,
): Promise<void> {
  const { track, split } = request;
  const { settings } = of;
  if (settings.workload.port === null) return;
  const running = await of.revisionsOf(track);
  const named = [...split.matches.map(({ revision }) => revision), ...namedRevisions(split)];
  const [owner] = named;
  if (owner === undefined || !running.includes(owner)) return;
  if (await isMissing(of, trackServiceName(track, settings)))
    await applyAll(of, renderTrackService(renderedAs(of, request, owner, ''), request.generation));
  for (const revision of new Set(named)) {
    const name = revisionName(track, revision);
    if (needed.includes(name) && running.includes(revision) && (await isMissing(of, name)))
      await restoreOfRevision(of, request, { revision, isOwner: revision === owner });
  }
}

async function isMissing({ client, settings }: RestoredComponent, name: string): Promise<boolean> {
  const present = await client.read(serviceReference(settings.namespace, name));
  if (present?.metadata.deletionTimestamp !== undefined)
    throw new SluiceError(
      'conflict',
      `the Service ${settings.namespace}/${name} is being removed; it is made anew when it is gone`,
      { next: 'retry' },
    );
  return present === undefined;
}

/** Whose Service is left out because nobody knows its ports is refused by name where the split is admitted. */
async function restoreOfRevision(
  of: RestoredComponent,
  request: SplitRequest,
  { revision, isOwner }: { readonly revision: RevisionId; readonly isOwner: boolean },
): Promise<void> {
  const { client, settings } = of;
  const name = revisionName(request.track, revision);
  const { namespace } = settings;
  const deployment = await client.read({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name });
  if (deployment === undefined) return;
  const version = deployment.metadata.labels?.[VERSION_LABEL] ?? '';
  const services = renderRevisionService(renderedAs(of, request, revision, version), request.generation);
  if (isOwner || services.every((service) => declares(deployment, service))) await applyAll(of, services);
}

const applyAll = async ({ client }: RestoredComponent, services: readonly KubernetesObject[]) => {
  for (const service of services) await client.apply(service);
};

function renderedAs(
  { component, settings }: RestoredComponent,
  { track }: SplitRequest,
  revision: RevisionId,
  version: string,
) {
  const { application, environment } = trackNames(track);
  return { track, revision, version, application, environment, component, settings };
}

interface PodPort {
  readonly name?: string;
  readonly containerPort: number;
}

/** Whether the pods of a Deployment declare every port that a Service leads to. */
function declares({ spec }: KubernetesObject, service: KubernetesObject): boolean {
  const { spec: pod } = (spec?.['template'] ?? {}) as { spec?: { containers?: readonly JsonObject[] } };
  const ports = (pod?.containers ?? []).flatMap(
    (one) => (one['ports'] ?? []) as unknown as readonly PodPort[],
  );
  const wanted = (service.spec?.['ports'] ?? []) as readonly { readonly targetPort: number | string }[];
  return wanted.every(({ targetPort }) =>
    ports.some(({ name, containerPort }) => targetPort === containerPort || targetPort === name),
  );
}
