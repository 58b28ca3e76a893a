import { afterAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '@sluice/core/kernel/json.ts';
import { EVERYWHERE, type Policy } from '@sluice/core/policy/policy.ts';
import { policyExaminer } from './policy-examiner.ts';

const examiner = policyExaminer({ timeMs: 1_000, memoryMegabytes: 64, waitMs: 60_000 });
afterAll(() => examiner.close());

const policyOf = (expression: string, changes: Partial<Policy> = {}): Policy => ({
  name: 'p',
  format: 'ReleasePolicy',
  description: '',
  scope: EVERYWHERE,
  failurePolicy: 'Fail',
  match: null,
  matchConditions: [],
  variables: [],
  validations: [{ expression, message: null, messageExpression: null }],
  auditAnnotations: [],
  bindings: [],
  ...changes,
});

const ask = async (policy: Policy, object: JsonValue = {}) => (await examiner.ask(policy, [{ object }]))[0];
const holds = async (expression: string, object: JsonValue = {}): Promise<unknown> => {
  const { broken = [], failed = [] } = (await ask(policyOf(expression), object)) ?? {};
  return failed.length > 0 ? failed[0] : broken.length === 0;
};

const POD = {
  metadata: { labels: { app: 'web' }, annotations: {} },
  spec: {
    replicas: 3,
    ratio: 0.5,
    containers: [
      { name: 'a', image: 'registry.example/a:1', resources: { limits: { memory: '1Gi' } } },
      { name: 'b', image: 'registry.example/b@sha256:12', ports: [{ containerPort: 80 }] },
    ],
  },
};

describe('an expression', () => {
  it.each<[string, unknown]>([
    ['object.spec.replicas == 3 && object.spec.replicas + 1 == 4', true],
    ['object.spec.ratio < 1.0', true],
    ['object.spec.containers.all(c, has(c.resources) && has(c.resources.limits))', false],
    ["object.spec.containers.exists(c, c.image.matches('^registry[.]example/a:'))", true],
    ["matches(object.metadata.labels.app, '^w')", true],
    ["object.metadata.?labels.?team.orValue('none') == 'none'", true],
    ["quantity(object.spec.containers[0].resources.limits.memory).isGreaterThan(quantity('1G'))", true],
    ["quantity('1.5').compareTo(quantity('1500m')) == 0 && !isQuantity('1 Gi')", true],
    ["url('https://registry.example:5000/v2').getHost() == 'registry.example:5000'", true],
    ["'a-b-c'.replace('-', '.', 1) == 'a.b-c' && 'a,b'.split(',').join('') == 'ab'", true],
    ["['a', 'b'].isSorted() && [1, 2].sum() == 3 && [3, 1].min() == 1", true],
    ["sets.contains(['a', 'b'], ['b']) && !sets.intersects(['a'], ['b'])", true],
    ["isIP('10.0.0.1') && !isIP('10.0.0.256') && isCIDR('10.0.0.0/8')", true],
    ['sets.contains([[1], [2]], [[2]]) && sets.intersects([{"a": 1}], [{"a": 1.0}])', true],
    ['sets.intersects(object.spec.containers.map(c, {"n": c.name}), [{"n": "b"}])', true],
    ['sets.equivalent([1, 2.0], [2, 1]) && !sets.contains([[1]], [[1, 1]])', true],
    ['[[1], [2]].indexOf([2]) == 1 && [[1], [1]].lastIndexOf([1]) == 1 && [1].indexOf(3) == -1', true],
    ["!isIP('::ffff:10.0.0.1') && isIP('::1') && !isCIDR('::ffff:10.0.0.0/104')", true],
    ["object.constructor.name == 'Object'", expect.stringContaining('No such key: constructor')],
    ['object.__proto__ == null', expect.stringContaining('No such key: __proto__')],
    ["'toString' in object", false],
  ])('%s', async (expression, expected) => {
    expect(await holds(expression, POD)).toEqual(expected);
  });

  it('sees what a JSON text calls __proto__ as any other key', async () => {
    const object = JSON.parse('{"__proto__": {"admin": true}, "a": 1}') as JsonValue;
    expect(await holds('has(object.admin)', object)).toBe(false);
  });
});

describe('a policy', () => {
  it('has no answer when an annotation for the record has none, as in Kubernetes', async () => {
    const auditAnnotations = [
      { name: 'said', expression: 'object.metadata.labels.app' },
      { name: 'nothing', expression: 'null' },
      { name: 'wrong', expression: 'object.metadata.labels.missing' },
      { name: 'number', expression: 'dyn(object.spec.replicas)' },
    ];
    expect(await ask(policyOf('true', { auditAnnotations }), POD)).toMatchObject({
      annotations: { said: 'web' },
      failed: [
        expect.stringContaining('auditAnnotation wrong: No such key: missing'),
        'auditAnnotation number: it is neither a text nor null',
      ],
    });
  });

  it('evaluates a variable when it is needed, and only then', async () => {
    const variables = [
      { name: 'wrong', expression: 'object.nothing.at.all' },
      { name: 'names', expression: 'object.spec.containers.map(c, c.name)' },
    ];
    const message = { message: null, messageExpression: "'has ' + variables.names.join(' and ')" };
    const validations = [{ expression: 'variables.names.size() == 1', ...message }];
    expect(await ask(policyOf('', { variables, validations }), POD)).toMatchObject({
      broken: ['has a and b'],
      failed: [],
    });
  });

  it('does not apply where a condition is false, even if another has no answer', async () => {
    const conditions = ['object.nothing == 1', 'object.spec.replicas > 5'];
    const matchConditions = conditions.map((expression, at) => ({ name: `c${at}`, expression }));
    expect(await ask(policyOf('false', { matchConditions }), POD)).toMatchObject({ applies: false });
    expect(await ask(policyOf('false', { matchConditions: matchConditions.slice(0, 1) }), POD)).toMatchObject(
      {
        applies: true,
        broken: [],
        failed: [expect.stringContaining('matchCondition c0')],
      },
    );
  });
});

const MANY = [...Array(1_000).keys()];
describe('a hostile policy', () => {
  it.each([
    ['loops within loops', 'object.all(a, object.all(b, object.all(c, a + b + c >= 0)))', /within 1000 ms/],
    [
      'texts that double',
      `cel.bind(t, object.map(i, string(i)).join('x'), object.map(a, object.map(b, (t + string(a) + string(b)).replace('x', 'yyyyyyyy')))).size() > 0`,
      /within 1000 ms|memory|too long/,
    ],
    [
      'lists of lists',
      'object.map(a, object.map(b, object.map(c, [a, b, c]))).size() > 0',
      /within 1000 ms|memory/,
    ],
  ])(
    'of %s is ended and has failed, and the next one is asked',
    { timeout: 30_000 },
    async (_, expression, why) => {
      expect(await holds(expression, MANY)).toMatch(why);
      expect(await holds('object.size() == 1000', MANY)).toBe(true);
    },
  );

  it('finds no pattern that runs for ever', async () => {
    const begun = performance.now();
    expect(await holds("object.matches('^(a+)+$')", `${'a'.repeat(50_000)}b`)).toBe(false);
    expect(await holds("[object].exists(t, t.matches('^(a|a)*$'))", `${'a'.repeat(50_000)}b`)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  it('with a pattern that is none, or not in the language of RE2, has failed', async () => {
    expect(await holds("'a'.matches('(')")).toMatch(/expression/);
    expect(await holds("'aa'.matches('(a)\\\\1')")).toMatch(/expression/);
  });
});
