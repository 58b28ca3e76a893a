import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { splitFault, type Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';

/** Annotation with the whole split that was ordered, as JSON. */
export const SPLIT_ANNOTATION = 'sluice.dev/split';
/** Annotation with the fencing generation of that order. */
export const SPLIT_GENERATION_ANNOTATION = 'sluice.dev/split-generation';
/** Annotation with the generation that those who carry the split out have confirmed. */
export const CONFIRMED_ANNOTATION = 'sluice.dev/split-confirmed';
/**
 * Annotation with the spec that the order was written as, as JSON. Revisions may differ in route and settings, and versions
 * of Sluice in what they write, so a look cannot know it by itself. An adopted object has none: its spec is its owner's.
 */
export const SPEC_ANNOTATION = 'sluice.dev/split-spec';

/** The split that an object was last ordered to have. */
export interface OrderedSplit {
  /** Null where a hand has spoilt it: nobody knows any more what was ordered, but the generation still holds. */
  readonly split: Split | null;
  readonly generation: number;
  readonly confirmed: number;
  /** What was written; null: an adopted object. */
  readonly spec: JsonObject | null;
}

/** The annotations of an order. */
export const splitMarks = ({
  split,
  generation,
  confirmed,
  spec,
}: OrderedSplit & { readonly split: Split }): Readonly<Record<string, string>> => ({
  [SPLIT_ANNOTATION]: canonicalJson(split),
  [SPLIT_GENERATION_ANNOTATION]: String(generation),
  [CONFIRMED_ANNOTATION]: String(confirmed),
  ...(spec === null ? {} : { [SPEC_ANNOTATION]: canonicalJson(spec) }),
});

/** Reads the order from an object; null when it bears none of ours. */
export function orderedSplit(present: KubernetesObject | undefined): OrderedSplit | null {
  const annotations = present?.metadata.annotations ?? {};
  const generation = wholeNumber(annotations[SPLIT_GENERATION_ANNOTATION]);
  const text = annotations[SPLIT_ANNOTATION];
  if (text === undefined && generation === 0) return null;
  const split = parsed(text);
  const spec = parsed(annotations[SPEC_ANNOTATION]);
  if (!isSplit(split)) return { split: null, generation, confirmed: 0, spec };
  return { split, generation, confirmed: wholeNumber(annotations[CONFIRMED_ANNOTATION]), spec };
}

const wholeNumber = (text: string | undefined): number => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : 0);

function parsed(text: string | undefined): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject | null) : null;
  } catch {
    return null;
  }
}

function isSplit(value: JsonObject | null): value is JsonObject & Split {
  if (value === null || !Array.isArray(value['weights']) || !Array.isArray(value['matches'])) return false;
  const { weights, matches } = value as unknown as Split;
  const areNamed = [...weights, ...matches].every((one) => typeof one?.revision === 'string');
  return areNamed && splitFault(value as unknown as Split) === undefined;
}
