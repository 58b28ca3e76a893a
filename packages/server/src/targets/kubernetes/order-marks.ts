import { createHash } from 'node:crypto';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { GENERATION_ANNOTATION } from '@sluice/kubernetes/objects/labels.ts';
import type { RevisionRecord } from '../revision-record.ts';

/** Annotation with the number of instances that was last ordered; with an autoscaler nothing else says it. */
export const ORDERED_ANNOTATION = 'sluice.dev/ordered';
/** Annotation with the moment of that order (RFC 3339). */
export const ORDERED_AT_ANNOTATION = 'sluice.dev/ordered-at';
/** Annotation with a digest of what the revision is, so that nothing else is run under its name. */
export const CONTENT_ANNOTATION = 'sluice.dev/content';

/** The order that an object rests on. */
export interface OrderMarks {
  readonly instances: number;
  readonly generation: number;
  /** Null on an object without one. */
  readonly at: Instant | null;
}

/** Reads the last order from an object; one without it was never ordered. */
export function orderOn(object: KubernetesObject | undefined): OrderMarks {
  const annotations = object?.metadata.annotations ?? {};
  const at = annotations[ORDERED_AT_ANNOTATION];
  return {
    instances: Number(annotations[ORDERED_ANNOTATION] ?? 0),
    generation: Number(annotations[GENERATION_ANNOTATION] ?? 0),
    at: at === undefined ? null : Date.parse(at),
  };
}

/** The annotations of an order. */
export const orderMarks = (instances: number, generation: number, at: Instant): Record<string, string> => ({
  [GENERATION_ANNOTATION]: String(generation),
  [ORDERED_ANNOTATION]: String(instances),
  [ORDERED_AT_ANNOTATION]: new Date(at).toISOString(),
});

/** A digest of what runs; how it is rolled out is not part of it. */
export function contentOf({ component }: RevisionRecord): string {
  const { strategy: _strategy, ...runs } = component;
  return createHash('sha256').update(canonicalJson(runs)).digest('hex').slice(0, 32);
}
