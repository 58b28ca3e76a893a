import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { PodTemplate } from '../objects/pod.ts';
import type { Deployment, ReplicaSet } from '../objects/workload.ts';

/** Tells the pods of one ReplicaSet from those of the others. */
export const HASH_LABEL = 'pod-template-hash';

/** Templates are compared in every turn and change almost never. */
const texts = new WeakMap<PodTemplate, string>();

/** Whether a set was made from what the Deployment wants now; the label that only sets have does not count. */
export function isCurrentSet(deployment: Deployment, set: ReplicaSet): boolean {
  return textOf(deployment.spec.template) === textOf(set.spec.template);
}

function textOf(template: PodTemplate): string {
  const known = texts.get(template);
  if (known !== undefined) return known;
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  const text = canonicalJson({ ...template, metadata: { ...template.metadata, labels } });
  texts.set(template, text);
  return text;
}
