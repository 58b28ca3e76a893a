import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { InPlaceSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import type { CapacityRequest } from '../../target.ts';
import { partitionFor } from './departure-of.ts';
import { type InPlaceMarks, marksOn } from './in-place-marks.ts';

/** Settings of a workload that is changed in place. */
export type InPlacePlace = KubernetesSettings & { readonly workload: InPlaceSettings };

/**
 * How many pods are to have the template after an order; null: all. A Deployment cannot stop half-way. Whoever is ordered
 * all its declared instances has the whole workload: a DaemonSet may have got more nodes in the meantime.
 */
export function reachOf(
  { revision, instances }: Pick<CapacityRequest, 'revision' | 'instances'>,
  { workload }: InPlacePlace,
): number | null {
  const isWhole =
    instances > 0 && (workload.workload === 'Deployment' || instances >= revision.component.instances);
  return isWhole ? null : instances;
}

/** Everything but the template that an order changes of a workload, and the number of pods that Sluice has set then. */
export function movementTo(
  reach: number | null,
  present: KubernetesObject,
  request: CapacityRequest,
): { readonly spec: JsonObject; readonly replicas: InPlaceMarks['replicas'] } {
  if (present.kind === 'DaemonSet')
    return { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } }, replicas: null };
  const declared = Math.max(request.revision.component.instances, request.instances);
  const { pods, replicas } = podsFor(present, declared);
  if (present.kind === 'Deployment') return { spec: { replicas: pods }, replicas };
  return { spec: { replicas: pods, updateStrategy: updateFrom(partitionFor(pods, reach)) }, replicas };
}

/** The update strategy of a StatefulSet whose pods from an ordinal on are moved. */
export const updateFrom = (partition: number): JsonObject => ({
  type: 'RollingUpdate',
  rollingUpdate: { partition },
});

/** More pods than Sluice has set are what an autoscaler or a person wants for the load; a release takes none of them. */
export function podsFor(
  present: KubernetesObject,
  declared: number,
): { readonly pods: number; readonly replicas: InPlaceMarks['replicas'] } {
  const { replicas } = marksOn(present);
  const now = present.spec?.['replicas'];
  const wanted = typeof now === 'number' && now !== replicas ? Math.max(declared, now) : declared;
  return { pods: wanted, replicas: wanted === declared ? declared : replicas };
}
