import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Value, ValueSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { WorkResponseSchema } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { assert } from '@sluice/core/kernel/assert.ts';
import { jsonOfValue, MOST_JSON_LEVELS, valueOfJson } from './json-value.ts';

const valueOf = (json: unknown): Value => {
  const value = valueOfJson(json);
  assert(value.ok, 'it is JSON');
  return fromBinary(ValueSchema, toBinary(ValueSchema, value.value));
};
const nested = (levels: number): unknown => {
  let json: unknown = 1;
  for (let level = 0; level < levels; level++) json = level % 2 ? [json] : { json };
  return json;
};

describe('JSON as a value of protobuf', () => {
  it.each([
    null,
    true,
    0,
    -0.1,
    Number.MAX_VALUE,
    Number.MAX_SAFE_INTEGER,
    '',
    'größer 😀',
    [],
    {},
    [[], {}, null],
    { a: { b: [1, 'two', false] }, '': 1, ['__proto__']: { polluted: true } },
  ])('comes back as it was: %j', (json) => {
    expect(jsonOfValue(valueOf(json))).toEqual({ ok: true, value: json });
  });

  it('leaves out what JSON leaves out', () => {
    expect(jsonOfValue(valueOf({ a: undefined, b: [undefined], c: () => 1 }))).toEqual({
      ok: true,
      value: { b: [null], c: null },
    });
    expect(jsonOfValue(undefined)).toEqual({ ok: true, value: null });
    expect(jsonOfValue(create(ValueSchema, {}))).toEqual({ ok: true, value: null });
  });

  it('does not touch the prototype of objects', () => {
    const read = jsonOfValue(valueOf(JSON.parse('{"__proto__": {"polluted": true}}')));
    assert(read.ok, 'it is JSON');
    expect(Object.getPrototypeOf(read.value)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('is refused where it is no JSON, or too deep', () => {
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(valueOfJson([number])).toMatchObject({ ok: false, refusal: { code: 'invalid-value' } });
      const value = create(ValueSchema, { kind: { case: 'numberValue', value: number } });
      expect(jsonOfValue(value)).toMatchObject({ ok: false, refusal: { code: 'invalid-value' } });
    }
    expect(valueOfJson(nested(MOST_JSON_LEVELS))).toMatchObject({ ok: true });
    let objects: unknown = null;
    for (let level = 0; level < MOST_JSON_LEVELS; level++) objects = { objects };
    const input = valueOf(objects);
    const message = create(WorkResponseSchema, { message: { case: 'assign', value: { input } } });
    expect(fromBinary(WorkResponseSchema, toBinary(WorkResponseSchema, message))).toEqual(message);
    expect(valueOfJson(nested(MOST_JSON_LEVELS + 1))).toMatchObject({ ok: false });
    expect(valueOfJson(nested(100_000))).toMatchObject({ ok: false });
  });
});
