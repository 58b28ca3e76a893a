import { z } from 'zod';
import { type Expectation, expectationOf, expectations, listed } from './expectation.ts';

/** Items of a list beyond which nobody wrote it by hand. */
const MAX_ITEMS = 200;

/** What a person needs to know of a key. */
export interface KeyAbout {
  readonly meaning: string;
  /** As it would be written; left away when there is none. */
  readonly default?: unknown;
  /** What holds without the key, where that depends on something. */
  readonly otherwise?: string;
  readonly example?: unknown;
}

/** What is known of each key. */
export const keyAbouts = z.registry<KeyAbout>();

/** A key that may be left away. */
export const optional = <Schema extends z.ZodType>(schema: Schema, about: KeyAbout) =>
  withAbout(schema.optional(), about);

/** A key that must be written. */
export const required = <Schema extends z.ZodType>(schema: Schema, about: KeyAbout): Schema =>
  withAbout(schema, about);

/** Editors show the description; the reference has a column for each part of what is known. */
function withAbout<Schema extends z.ZodType>(schema: Schema, about: KeyAbout): Schema {
  const described = schema.meta({ description: `${about.meaning}\nWritten as ${expectationOf(schema)}.` });
  keyAbouts.add(described, about);
  return described as Schema;
}

/** A text of a certain form; `parse` gives undefined when it has another. */
export function textLeaf<Value>(form: {
  expects: string;
  pattern: RegExp;
  parse: (text: string) => Value | undefined;
}) {
  return z
    .string()
    .regex(form.pattern)
    .transform((text, context): Value => {
      const value = form.parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: form.expects });
      return z.NEVER;
    })
    .register(expectations, { expects: form.expects });
}

/** A text of the person's own with something in it; numbers, true and false are taken as written. */
export const freeText = (expects: string) => writtenText(expects, /^[^\0]*\S[^\0]*$/);

/** As `freeText`, but it may be empty. */
export const anyText = (expects: string) => writtenText(expects, /^[^\0]*$/);

/** No text has a zero byte in it: it would end in the middle when it is given to a process. */
const writtenText = (expects: string, pattern: RegExp) =>
  z
    .union([z.string().regex(pattern), z.number(), z.boolean()])
    .transform(String)
    .register(expectations, { expects, asWritten: true });

/** One of a few words. */
export const choice = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z.enum(words).register(expectations, { expects: listed(words), choices: words });

/** `true` or `false`. */
export const flag = () => z.boolean().register(expectations, { expects: 'true or false' });

/** A whole number. */
export const whole = (from: number, to: number) =>
  z
    .number()
    .int()
    .min(from)
    .max(to)
    .register(expectations, { expects: `a whole number from ${from} to ${to}` });

/** Any number in a range. */
export const decimal = (from: number, to: number) =>
  z
    .number()
    .min(from)
    .max(to)
    .register(expectations, { expects: `a number from ${from} to ${to}` });

/** A mapping with fixed keys. */
export const record = <Shape extends z.core.$ZodLooseShape>(shape: Shape, more: Partial<Expectation> = {}) =>
  z
    .strictObject(shape)
    .register(expectations, { expects: `a mapping with ${listed(Object.keys(shape), 'and')}`, ...more });

/** A part of the language with a name of its own, in the schema for editors and in the reference. */
export const definition = <Schema extends z.ZodType>(id: string, meaning: string, schema: Schema): Schema =>
  schema.meta({ id, description: meaning }) as Schema;

/** A mapping in which exactly one of some keys is written: all keys, unless a list is given. */
export const oneOf = <Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  more: { expects?: string; keys?: readonly string[] } = {},
) => {
  const keys = more.keys ?? Object.keys(shape);
  return record(shape, {
    exactlyOne: keys,
    expects: more.expects ?? `a mapping with one of ${listed(keys, 'and')}`,
  });
};

/** A mapping from names that people choose. */
export const named = <Value extends z.ZodType>(
  key: z.ZodType<string, string>,
  value: Value,
  expects: string,
) => z.record(key, value).register(expectations, { expects });

/** A mapping that may be left empty: `staging:`. The reader makes `{}` of nothing, so the type knows no null. */
export const mayBeEmpty = <Schema extends z.ZodType>(schema: Schema): Schema =>
  schema.nullable() as unknown as Schema;

/** A list; `what` completes `a list of ...`. */
export const list = <Item extends z.ZodType>(item: Item, what: string, length = { from: 1, to: MAX_ITEMS }) =>
  z
    .array(item)
    .min(length.from)
    .max(length.to)
    .register(expectations, { expects: `a list of ${what}`, length });

/** One value, or a list of them; `listOf` makes it a list. */
export const oneOrMore = <Item extends z.ZodType>(item: Item, what: string) =>
  z.union([item, list(item, what)]);
