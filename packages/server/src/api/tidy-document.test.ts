import { expect, test } from 'vitest';
import { tidyDocument } from './tidy-document.ts';

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

test('schemas that nothing refers to go, and the form that is taken gets the plain name', () => {
  const document = tidyDocument({
    paths: { '/a': { post: { body: reference('AskInput'), reply: reference('Answer') } } },
    components: {
      schemas: {
        Ask: { type: 'object', title: 'given' },
        AskInput: { type: 'object', properties: { part: reference('PartInput') } },
        Answer: { type: 'object', properties: { part: reference('Part') } },
        AnswerInput: {},
        Part: { title: 'given' },
        PartInput: { title: 'taken' },
        Nobody: {},
      },
    },
  });
  expect(document).toEqual({
    paths: { '/a': { post: { body: reference('Ask'), reply: reference('Answer') } } },
    components: {
      schemas: {
        Ask: { type: 'object', properties: { part: reference('PartInput') } },
        Answer: { type: 'object', properties: { part: reference('Part') } },
        Part: { title: 'given' },
        PartInput: { title: 'taken' },
      },
    },
  });
});

test('what is given may grow keys, what is taken may not; 53 bits are no news', () => {
  const closed = { type: 'object', additionalProperties: false };
  const number = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, type: 'integer' };
  const document = tidyDocument({
    paths: { '/a': { body: reference('AskInput'), reply: reference('Answer') } },
    components: { schemas: { AskInput: closed, Answer: { ...closed, properties: { number } } } },
  });
  expect(document.components.schemas).toEqual({
    Ask: closed,
    Answer: { type: 'object', properties: { number: { type: 'integer' } } },
  });
});
