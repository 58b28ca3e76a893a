import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { Amount } from '@sluice/core/rollout/strategy-spec.ts';
import type { InPlaceSettings } from '../../settings/workload-settings.ts';
import type { ComponentAdoption } from '../adopted-component.ts';
import type { AdoptionSettings, ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from './adoption-notes.ts';
import { findServices } from './adopt-services.ts';
import { rollingBy } from './adopted-strategy.ts';
import { clusterComponent, plainSettings } from './cluster-component.ts';
import { concluded } from './concluded.ts';
import type { WorkloadSpec } from './deployment-shape.ts';
import { autoscalerOf, namespaceOf } from './find-manifest.ts';
import { firstPort } from './instance-facts.ts';
import { readPodTemplate } from './pod-template.ts';
import { refuseScaledObject } from './refuse-scaled-object.ts';

/** Annotation of a DaemonSet with the number of its pods, which no manifest says. */
export const INSTANCES_ANNOTATION = 'sluice.dev/instances';

/** What Kubernetes calls no progress when nothing is said, in seconds; StatefulSets and DaemonSets cannot say it. */
const DEFAULT_DEADLINE_SECONDS = 600;

/** A Deployment’s own update cannot be stopped half-way, so that one order replaces all pods. */
const ALL_AT_ONCE: Amount = { basisPoints: 10_000 };

const WAYS = {
  StatefulSet: 'by partition, from the highest ordinal down',
  DaemonSet: 'by OnDelete, node by node',
  Deployment: 'by its own rolling update',
} as const;

/**
 * A workload that cannot run twice beside itself, as a component that is changed in place and pod by pod. Its share of the
 * requests follows the number of pods, and that is told.
 */
export function adoptInPlace(
  notes: AdoptionNotes,
  document: ManifestDocument,
  documents: readonly ManifestDocument[],
  settings: AdoptionSettings,
): ComponentAdoption {
  const kind = document.object.kind as InPlaceSettings['workload'];
  const template = readPodTemplate(notes, document);
  if (!template) return concluded(notes, undefined);
  const spec = document.object.spec as unknown as WorkloadSpec;
  const { name } = document.object.metadata;
  const namespace = namespaceOf(document, settings.namespace);
  const around = { document, documents, namespace, byDefault: settings.namespace, template };
  notes.use(document);
  tellOfInPlace(notes, document, spec);
  refuseScaledObject(notes, documents, { kind, name, namespace }, settings.namespace);
  const scaler = autoscalerOf(documents, { kind, name, namespace }, settings.namespace);
  if (scaler)
    notes.fault(
      scaler,
      [],
      `A ${kind} that is changed in place keeps its number of pods during a release, so Sluice cannot adopt one that is autoscaled. Leave the autoscaler out and delete it.`,
    );
  const instances = kind === 'DaemonSet' ? podsOfDaemonSet(notes, document) : (spec.replicas ?? 1);
  if (instances === 0)
    notes.fault(
      document,
      ['spec', 'replicas'],
      'There is nothing to release at 0 replicas; write at least 1.',
    );
  const port = findServices(notes, around)[0]?.port ?? firstPort(template);
  const object = document.object as unknown as JsonObject;
  const kubernetes = plainSettings(namespace, { kind: 'in-place', workload: kind, name, object, port });
  const strategy = rollingBy(
    { maxSurge: { instances: 0 }, maxUnavailable: kind === 'Deployment' ? ALL_AT_ONCE : atOnce(spec) },
    (spec.progressDeadlineSeconds ?? DEFAULT_DEADLINE_SECONDS) * 1000,
  );
  return concluded(
    notes,
    clusterComponent({ name, instances, template, port, kubernetes, strategy }, settings),
  );
}

/** How many pods may be away at once: what the file says as a number or a share, else one. */
function atOnce({ updateStrategy, strategy }: WorkloadSpec): Amount {
  const value = (updateStrategy ?? strategy)?.rollingUpdate?.maxUnavailable;
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  if (percent !== undefined && Number(percent) > 0) return { basisPoints: Number(percent) * 100 };
  return { instances: typeof value === 'number' && value > 0 ? value : 1 };
}

function podsOfDaemonSet(notes: AdoptionNotes, document: ManifestDocument): number {
  const { annotations } = document.object.metadata;
  const stated = Number(annotations?.[INSTANCES_ANNOTATION]);
  if (Number.isInteger(stated) && stated > 0) return stated;
  const scheduled = Number(document.object.status?.['desiredNumberScheduled']);
  if (Number.isInteger(scheduled) && scheduled > 0) return scheduled;
  notes.fault(
    document,
    ['metadata', 'annotations'],
    `A DaemonSet has as many pods as there are nodes for it, and the file does not say how many. Annotate it with ${INSTANCES_ANNOTATION}: "<number>", or give the file as \`kubectl get daemonset ${document.object.metadata.name} -o yaml\` prints it.`,
  );
  return 1;
}

function tellOfInPlace(notes: AdoptionNotes, document: ManifestDocument, spec: WorkloadSpec): void {
  const kind = document.object.kind as keyof typeof WAYS;
  notes.differ(
    document,
    [],
    `A ${kind} cannot run twice beside itself, so Sluice changes it in place, ${WAYS[kind]}. Weights, matches, mirrors and a switch are not possible: the candidate’s share follows the number of its pods, there is no second set to go back to, and a rollback replaces the pods again.`,
  );
  const update = spec.updateStrategy ?? spec.strategy;
  if (update !== undefined)
    notes.differ(
      document,
      ['spec', spec.updateStrategy ? 'updateStrategy' : 'strategy'],
      kind === 'Deployment'
        ? 'It is kept; Sluice waits for it and sees to it that what is worse goes back.'
        : 'Sluice sets the update strategy itself during releases; of what stands here only maxUnavailable counts.',
    );
  if ((spec.volumeClaimTemplates?.length ?? 0) > 0)
    notes.differ(
      document,
      ['spec', 'volumeClaimTemplates'],
      'Volumes outlive a release: what a candidate wrote to them is still there after a rollback.',
    );
}
