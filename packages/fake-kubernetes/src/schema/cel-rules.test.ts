import { describe, expect, it } from 'vitest';
import type { JsonMap } from '../json/json-tree.ts';
import { readDefinitions } from '../cluster/definition-set.ts';
import { validateCustom } from './validate-custom.ts';

const ruled = (rule: string, properties: JsonMap): JsonMap => ({
  type: 'object',
  properties: {
    spec: { type: 'object', properties, 'x-kubernetes-validations': [{ rule, message: 'broken' }] },
  },
});

const integer = { type: 'integer' };
const text = { type: 'string' };

describe('a rule of a definition', () => {
  it.each<[string, string, JsonMap, JsonMap, boolean]>([
    [
      'compares whole numbers',
      'self.size * 10 >= self.replicas',
      { size: integer, replicas: integer },
      { size: 1, replicas: 11 },
      false,
    ],
    [
      'asks for reserved names with underscores',
      "has(self.__namespace__) && self.__namespace__ == 'a'",
      { namespace: text },
      { namespace: 'a' },
      true,
    ],
    [
      'asks for a field of a list item',
      'has(self.items[0].path)',
      { items: { type: 'array', items: { type: 'object', properties: { path: text } } } },
      { items: [{}] },
      false,
    ],
    ['sees what is absent', '!has(self.a) || self.a == 1', { a: integer }, {}, true],
    ['reads durations', "duration(self.wait) >= duration('1ms')", { wait: text }, { wait: '5s' }, true],
    [
      'fails when it cannot be asked',
      "duration(self.wait) >= duration('1ms')",
      { wait: text },
      { wait: 'soon' },
      false,
    ],
  ])('%s: %s', (_, rule, properties, spec, holds) => {
    const faults = validateCustom(ruled(rule, properties), { spec }, undefined);
    expect(faults.map(({ field, reason }) => `${field} ${reason}`)).toEqual(
      holds ? [] : ['spec FieldValueInvalid'],
    );
  });

  it('is not asked again for what did not change, and sees what it was', () => {
    const schema = ruled('self.size >= oldSelf.size', { size: integer });
    expect(validateCustom(schema, { spec: { size: 1 } }, { spec: { size: 2 } })).toHaveLength(1);
    expect(validateCustom(schema, { spec: { size: 3 } }, { spec: { size: 2 } })).toEqual([]);
    expect(
      validateCustom(ruled('false', { size: integer }), { spec: { size: 2 } }, { spec: { size: 2 } }),
    ).toEqual([]);
  });

  it.each(['gateway-api', 'istio', 'argo-rollouts', 'flagger'] as const)(
    'can be read, in every definition of %s',
    (set) => {
      const rules = JSON.stringify(readDefinitions(set)).match(/"rule":"(?:[^"\\]|\\.)*"/g) ?? [];
      const broken = [...new Set(rules)].flatMap((rule) => {
        const { rule: expression } = JSON.parse(`{${rule}}`) as { rule: string };
        // Asked of an empty object a rule may fail for what the object is, but never for what the rule says.
        const faults = validateCustom(ruled(expression, {}), { spec: {} }, undefined);
        return faults.some(({ message }) =>
          /parse|unexpected|unknown|invalid argument|overload for '(?!.*\bmap\b)/i.test(message),
        )
          ? [`${expression}: ${faults[0]?.message}`]
          : [];
      });
      expect(broken).toEqual([]);
    },
  );
});
