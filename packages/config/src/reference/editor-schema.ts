import { z } from 'zod';
import { applicationLanguage } from '../language/application-language.ts';
import { type Expectation, expectations } from '../language/expectation.ts';
import { type KeyAbout, keyAbouts } from '../language/leaf.ts';

/** The language as JSON Schema for editors: draft 7, the newest that all of them understand. */
export function editorSchema(): Record<string, unknown> {
  const generated = z.toJSONSchema(applicationLanguage, {
    io: 'input',
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema }) => {
      const schema = zodSchema as unknown as z.ZodType;
      Object.assign(jsonSchema, aboutKeywords(keyAbouts.get(schema)));
      if (schema instanceof z.ZodObject)
        Object.assign(jsonSchema, choiceKeywords(expectations.get(schema), Object.keys(schema.shape)));
    },
  });
  const { $schema, ...rest } = generated as Record<string, unknown>;
  return { $schema, title: 'sluice.yaml', description: 'One application of Sluice.', ...rest };
}

/** zod drops these for whatever is transformed, but they are about what is written. */
function aboutKeywords(about: KeyAbout | undefined): Record<string, unknown> {
  return {
    ...(about?.default !== undefined && { default: about.default }),
    ...(about?.example !== undefined && { examples: [about.example] }),
  };
}

/** Says in JSON Schema that one key, or at least one, must be written. */
function choiceKeywords(
  expectation: Expectation | undefined,
  keys: readonly string[],
): Record<string, unknown> {
  if (expectation?.notEmpty) return { minProperties: 1 };
  const exactlyOne = expectation?.exactlyOne;
  if (!exactlyOne) return {};
  if (exactlyOne.length === keys.length) return { minProperties: 1, maxProperties: 1 };
  return { oneOf: exactlyOne.map((key) => ({ required: [key] })) };
}
