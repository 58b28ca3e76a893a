import { z } from 'zod';
import { applicationLanguage } from '../language/application-language.ts';
import { expectationOf } from '../language/expectation.ts';
import { type KeyAbout, keyAbouts } from '../language/leaf.ts';

/** One key of a mapping, as the reference tells of it. */
export interface LanguageKey {
  readonly name: string;
  readonly about: KeyAbout;
  readonly isRequired: boolean;
  /** What may be written. */
  readonly expects: string;
  /** Names of the parts that may be written there. */
  readonly parts: readonly string[];
}

/** A part of the language with a name. */
export interface LanguagePart {
  /** `sluice.yaml` for the whole. */
  readonly name: string;
  readonly meaning: string;
  readonly expects: string;
  readonly keys: readonly LanguageKey[];
}

/** Every part of the language, the whole first, then each where it is first met. */
export function languageParts(): readonly LanguagePart[] {
  const found = new Map<string, z.ZodType>();
  const visit = (schema: z.ZodType): void => {
    for (const inner of keysOf(schema).flatMap(([, key]) => namedParts(key))) {
      if (found.has(inner.name)) continue;
      found.set(inner.name, inner.schema);
      visit(inner.schema);
    }
  };
  visit(applicationLanguage);
  const whole = partOf('sluice.yaml', applicationLanguage);
  return [whole, ...[...found].map(([name, schema]) => partOf(name, schema))];
}

function partOf(name: string, schema: z.ZodType): LanguagePart {
  return {
    name,
    meaning: schema.meta()?.description ?? 'The whole of the file.',
    expects: expectationOf(schema),
    keys: keysOf(schema).map(([key, value]) => ({
      name: key,
      about: keyAbouts.get(value) ?? { meaning: '' },
      isRequired: !(value instanceof z.ZodOptional),
      expects: expectationOf(value),
      parts: [...new Set(namedParts(value).map((part) => part.name))],
    })),
  };
}

/** The keys of a mapping, or of the mapping that a schema takes beside other forms. */
function keysOf(schema: z.ZodType): readonly (readonly [string, z.ZodType])[] {
  const mapping = formsOf(schema).find((form) => form instanceof z.ZodObject);
  return mapping ? Object.entries(mapping.shape as Record<string, z.ZodType>) : [];
}

/** The named parts that a key may hold, itself or within lists and mappings. */
function namedParts(schema: z.ZodType): readonly { readonly name: string; readonly schema: z.ZodType }[] {
  const name = idOf(schema);
  if (name !== undefined) return [{ name, schema }];
  if (schema instanceof z.ZodArray) return namedParts(schema.element as z.ZodType);
  if (schema instanceof z.ZodRecord) return namedParts(schema.valueType as z.ZodType);
  if (schema instanceof z.ZodObject) return keysOf(schema).flatMap(([, key]) => namedParts(key));
  const inner = innerOf(schema);
  return inner.flatMap(namedParts);
}

function formsOf(schema: z.ZodType): readonly z.ZodType[] {
  const inner = innerOf(schema);
  return inner.length === 0 ? [schema] : inner.flatMap(formsOf);
}

function innerOf(schema: z.ZodType): readonly z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return [schema.unwrap() as z.ZodType];
  return schema instanceof z.ZodUnion ? (schema.options as readonly z.ZodType[]) : [];
}

/** The name that `definition` gave; a key whose schema was derived from a part has none of its own. */
function idOf(schema: z.ZodType): string | undefined {
  const id = schema.meta()?.id;
  if (id !== undefined) return id;
  const parent = (schema._zod as unknown as { readonly parent?: z.ZodType }).parent;
  return parent && idOf(parent);
}
