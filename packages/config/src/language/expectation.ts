import { z } from 'zod';

/** What the reader and the reference know of a schema beyond its shape. */
export interface Expectation {
  /** Completes `must be ...`: `a duration from 1s to 1h, such as 10m`. */
  readonly expects: string;
  /** Numbers and booleans are taken as the text that was written: `1.10` stays `1.10`. */
  readonly asWritten?: true;
  /** A mapping is taken as it is written, as plain JSON; nothing below it is looked at. */
  readonly asIs?: true;
  /** Words that may be meant here, for a suggestion. */
  readonly choices?: readonly string[];
  /** Keys of a mapping of which exactly one must be written. */
  readonly exactlyOne?: readonly string[];
  /** Whether at least one key of a mapping must be written. */
  readonly notEmpty?: true;
  /** Keys that are known in another mapping nearby, and what to do with them. */
  readonly elsewhere?: { readonly keys: readonly string[]; readonly remedy: string };
  /** Fewest and most items of a list. */
  readonly length?: { readonly from: number; readonly to: number };
}

/** Expectations of leaves and mappings; schemas derived from one inherit its expectation. */
export const expectations = z.registry<Expectation>();

/** What a schema takes, in words. */
export function expectationOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return expectationOf(schema.unwrap() as z.ZodType);
  const own = expectations.get(schema)?.expects;
  if (own !== undefined) return own;
  if (schema instanceof z.ZodLiteral) return [...schema.values].join(' or ');
  if (!(schema instanceof z.ZodUnion)) return 'a value';
  return (schema.options as readonly z.ZodType[]).map(expectationOf).join(', or ');
}

/** The words that a schema knows. */
export function choicesOf(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodOptional) return choicesOf(schema.unwrap() as z.ZodType);
  const own = expectations.get(schema)?.choices;
  if (own) return own;
  return schema instanceof z.ZodUnion ? (schema.options as readonly z.ZodType[]).flatMap(choicesOf) : [];
}

/** `a, b or c`; of a long list the first few. */
export function listed(words: readonly string[], joint = 'or', atMost = 6): string {
  const shown = words.length > atMost ? [...words.slice(0, atMost - 1), '...'] : words;
  const head = shown.slice(0, -1).join(', ');
  return head === '' ? (shown[0] ?? '') : `${head} ${joint} ${shown.at(-1)}`;
}
