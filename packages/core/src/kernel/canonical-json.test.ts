import { assert, jsonValue, property } from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

test('keys are sorted at every level and absent values are left out', () => {
  expect(canonicalJson({ b: [{ z: 1, a: undefined }], a: { y: null, x: 'é' } })).toBe(
    '{"a":{"x":"é","y":null},"b":[{"z":1}]}',
  );
});

test('the order in which keys were set does not matter', () => {
  expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson({ b: 2, a: 1 }));
});

test('what is not there is null inside an array, where places count', () => {
  expect(canonicalJson([undefined, 1])).toBe('[null,1]');
});

test('it is JSON that says the same', () => {
  assert(
    property(jsonValue({ maxDepth: 3 }), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
