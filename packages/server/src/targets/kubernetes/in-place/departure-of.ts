import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { asObject } from '@sluice/kubernetes/objects/as-object.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { type InPlaceMarks, marksOn, podsOf, templateImages, templateRevision } from './in-place-marks.ts';

/**
 * What of a workload is not as it was ordered, because somebody else has changed it; null: nothing. Whose template it is
 * counts, its images, and how the pods move. Everything else, such as the mark of a restart, is the owner's business.
 */
export function departureOf(workload: KubernetesObject): string | null {
  const marks = marksOn(workload);
  const { template, orders } = marks;
  if (template === null || orders[template.revision]?.isRetired !== false) return null;
  if (!hasTemplate(workload, marks)) return 'template';
  return hasStrategy(workload, marks) ? null : 'update strategy';
}

/** Whether the template is the one that was ordered last. */
export function hasTemplate(workload: KubernetesObject, { template }: InPlaceMarks): boolean {
  if (template === null) return true;
  return (
    templateRevision(workload) === template.revision &&
    canonicalJson(templateImages(workload)) === canonicalJson(template.images)
  );
}

function hasStrategy(workload: KubernetesObject, { reach }: InPlaceMarks): boolean {
  const { type, rollingUpdate } = asObject(workload.spec?.['updateStrategy']);
  if (workload.kind === 'DaemonSet') return type === 'OnDelete';
  if (workload.kind !== 'StatefulSet') return true;
  const partition = Number(asObject(rollingUpdate)['partition'] ?? 0);
  return type === 'RollingUpdate' && partition === partitionFor(podsOf(workload), reach);
}

/** The first pod of so many that is moved when so many are to be; null: all. */
export const partitionFor = (pods: number, reach: number | null): number =>
  reach === null ? 0 : Math.max(0, pods - reach);
