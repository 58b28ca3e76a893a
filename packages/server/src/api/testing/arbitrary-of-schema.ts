import fc from 'fast-check';
import { type JsonSchema, type OpenApiDocument, resolved } from './open-api-document.ts';

/** Longest text and list that are made up; the limits themselves have tests of their own. */
const SOME = 20;

/** Makes up values that fit a schema of the document. */
export function arbitraryOf(document: OpenApiDocument, given: JsonSchema): fc.Arbitrary<unknown> {
  const schema = resolved(document, given);
  const inner = (part: JsonSchema) => arbitraryOf(document, part);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map(inner));
  switch (schema.type) {
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return wholeNumber(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(inner(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? SOME, SOME),
      });
    case 'object':
      return objectOf(document, schema);
    default:
      return fc.jsonValue();
  }
}

function textOf({ format, pattern, minLength = 0 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'uri') return fc.webUrl();
  if (pattern !== undefined)
    return fc.stringMatching(new RegExp(pattern)).filter(({ length }) => length >= minLength);
  return fc.string({ unit: 'grapheme-ascii', minLength, maxLength: Math.max(minLength, SOME) });
}

function objectOf(document: OpenApiDocument, schema: JsonSchema): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {});
  const model = Object.fromEntries(properties.map(([name, part]) => [name, arbitraryOf(document, part)]));
  return fc.record(model, { requiredKeys: [...(schema.required ?? [])] });
}

/** Makes up any JSON with the keys of a schema: some values fit, most do not. */
export function nearlyOf(document: OpenApiDocument, given: JsonSchema): fc.Arbitrary<unknown> {
  const keys = Object.keys(resolved(document, given).properties ?? {});
  if (keys.length === 0) return fc.jsonValue();
  const hostile = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.constant('\0'));
  const twisted = fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), hostile, { maxKeys: 6 });
  return fc
    .tuple(arbitraryOf(document, given), twisted)
    .map(([good, bad]) => ({ ...(good as object), ...bad }));
}

function wholeNumber({
  minimum = -1000,
  maximum = Math.max(1000, minimum),
}: JsonSchema): fc.Arbitrary<number> {
  const most = 2 ** 31 - 1;
  return fc.integer({ min: Math.min(minimum, most), max: Math.min(maximum, most) });
}
