import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { JsonValue } from '@sluice/core/kernel/json.ts';
import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import { EMPTY_SPLIT, type Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { SplitInForce } from '../traffic-router.ts';
import type { RouteKind, RouteNames } from './route-kind.ts';

/** Annotation with the whole split that was ordered, as JSON. */
export const SPLIT_ANNOTATION = 'sluice.dev/split';
/** Annotation with the fencing generation of that order. */
export const SPLIT_GENERATION_ANNOTATION = 'sluice.dev/split-generation';
/** Annotation with the generation that those who carry the split out have confirmed. */
export const CONFIRMED_ANNOTATION = 'sluice.dev/split-confirmed';
/** Annotation with the Services that an adopted route leads to because of Sluice. */
export const BACKENDS_ANNOTATION = 'sluice.dev/backends';

/** The split that an object was last ordered to have. */
export interface OrderedSplit {
  readonly split: Split;
  readonly generation: number;
  readonly confirmed: number;
}

/** Reads the order from an object; null when it bears none of ours. */
export function orderedSplit(present: KubernetesObject | undefined): OrderedSplit | null {
  const annotations = present?.metadata.annotations ?? {};
  const text = annotations[SPLIT_ANNOTATION];
  if (text === undefined) return null;
  return {
    split: JSON.parse(text) as Split,
    generation: Number(annotations[SPLIT_GENERATION_ANNOTATION] ?? 0),
    confirmed: Number(annotations[CONFIRMED_ANNOTATION] ?? 0),
  };
}

/**
 * The split that an object really has. As long as it says what was ordered that is the order, under the generation that
 * was confirmed. Where a hand has changed it, it is what its weights say: shares of revisions that are known, and under
 * generation 0, so that the order is given again.
 */
export function splitInForce(
  kind: RouteKind,
  present: KubernetesObject | undefined,
  { serviceOf }: RouteNames,
  known: readonly RevisionId[],
): SplitInForce | null {
  const ordered = orderedSplit(present);
  if (present === undefined || ordered === null) return null;
  const { split, confirmed } = ordered;
  if (covers(present.spec, kind.spec(split, present))) return { split, generation: confirmed };
  const revisions = [...new Set([...known, ...revisionsOf(split)])];
  const backends = kind.backends(present);
  const weighed = revisions.map((revision) => ({
    revision,
    weight: backends
      .filter(({ service }) => service === '*' || service === serviceOf(revision))
      .reduce((sum, { weight }) => sum + Math.max(weight, 0), 0),
  }));
  return {
    split: { ...EMPTY_SPLIT, weights: inBasisPoints(weighed.filter(({ weight }) => weight > 0)) },
    generation: 0,
  };
}

const revisionsOf = ({ weights, matches, mirror }: Split): readonly RevisionId[] =>
  [...weights, ...matches, ...(mirror ? [mirror] : [])].map(({ revision }) => revision);

/** Weights of any unit as basis points that sum to the whole; the last one takes what rounding leaves. */
function inBasisPoints(weighed: readonly { revision: RevisionId; weight: number }[]): Split['weights'] {
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  let left = WHOLE_BASIS_POINTS;
  return weighed.map(({ revision, weight }, index) => {
    const isLast = index === weighed.length - 1;
    const basisPoints = isLast ? left : Math.floor((weight * WHOLE_BASIS_POINTS) / total);
    left -= basisPoints;
    return { revision, basisPoints };
  });
}

/** Whether a value has everything that is expected of it; what servers fill in beside that does not matter. */
export function covers(actual: JsonValue | undefined, expected: JsonValue | undefined): boolean {
  if (expected === undefined) return true;
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item: JsonValue, index) => covers((actual as readonly JsonValue[])[index], item))
    );
  if (expected !== null && typeof expected === 'object') {
    if (actual === null || typeof actual !== 'object' || Array.isArray(actual)) return false;
    const held = actual as Readonly<Record<string, JsonValue | undefined>>;
    return Object.entries(expected).every(([key, value]) =>
      covers(held[key], value as JsonValue | undefined),
    );
  }
  return actual === expected;
}
