import type { ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from './adoption-notes.ts';
import { isRecord } from './check-shape.ts';
import { manifestsOfKind, type WantedManifest } from './find-manifest.ts';

/** What is said of autoscaling by KEDA wherever it is met. */
export const NO_KEDA =
  'Sluice has no autoscaling by KEDA. Use a HorizontalPodAutoscaler; a metric of the pods (type: Pods) can be a length of a queue.';

/** A ScaledObject over a workload is a fault: left out in silence, a workload would stop growing. */
export function refuseScaledObject(
  notes: AdoptionNotes,
  documents: readonly ManifestDocument[],
  { kind, name, namespace }: WantedManifest,
  byDefault: string,
): void {
  const scaler = manifestsOfKind(documents, 'ScaledObject', namespace, byDefault).find(({ object }) => {
    const target = object.spec?.['scaleTargetRef'];
    return isRecord(target) && (target['kind'] ?? 'Deployment') === kind && target['name'] === name;
  });
  if (!scaler) return;
  notes.use(scaler);
  notes.fault(
    scaler,
    ['spec', 'scaleTargetRef'],
    `It scales ${kind} ${name}. ${NO_KEDA} Or leave this file out, and ${name} has a fixed number of pods, whatever the load.`,
  );
}
