import { expect, it } from 'vitest';
import { declaredEnvironments } from './declared-environments.ts';

it.each([
  ['application: a\nenvironments: { staging: , production: { strategy: 7 } }', ['staging', 'production']],
  ['application: a', ['local']],
  ['environments: 5', ['local']],
  ['a: [', ['local']],
  ['', ['local']],
])('the environments of %j are %j', (text, names) => {
  expect(declaredEnvironments(text)).toEqual(names);
});
