import { expect, test } from 'vitest';
import { referredNodes, workflowInput } from './workflow-input.ts';

const known = {
  input: { customer: { name: 'ada' }, 'a/b': 1 },
  outcomes: new Map([
    ['fetch', { state: 'succeeded', result: { rows: [{ id: 7 }, { id: 8 }] }, failure: null }],
    ['rate', { state: 'dead', result: null, failure: 'no' }],
  ]),
};

test.each([
  ['a result', { $result: 'fetch' }, { rows: [{ id: 7 }, { id: 8 }] }],
  ['a part of one', { deep: [{ $result: 'fetch/rows/1/id' }] }, { deep: [8] }],
  ['what failed', { $result: 'rate' }, null],
  ['what is not there', { $result: 'fetch/rows/5/id' }, null],
  ['what everything inherits', { $result: 'fetch/constructor' }, null],
  ['the input', { $input: '/customer/name' }, 'ada'],
  ['the whole input', { $input: '' }, known.input],
  ['a name with a slash', { $input: '/a~1b' }, 1],
  ['everything that is known', { all: { $outcomes: true } }, { all: Object.fromEntries(known.outcomes) }],
  ['an object with a second key, as it is', { $result: 'fetch', x: 1 }, { $result: 'fetch', x: 1 }],
  ['anything else, as it is', ['x', 1, null, { $other: 'fetch' }], ['x', 1, null, { $other: 'fetch' }]],
])('an input may hold %s', (_, template, expected) => {
  expect(workflowInput(template, known)).toEqual(expected);
});

test('the tasks that an input refers to are found, each once', () => {
  const template = { a: { $result: 'x/1' }, b: [{ $result: 'y' }, { $result: 'x' }], c: { $input: '' } };
  expect(referredNodes(template)).toEqual(['x', 'y']);
  expect(referredNodes('text')).toEqual([]);
});
