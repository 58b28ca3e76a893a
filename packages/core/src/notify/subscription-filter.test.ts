import { expect, test } from 'vitest';
import { type Happening, isWanted, matchesPattern, type SubscriptionFilter } from './subscription-filter.ts';

const ALL: SubscriptionFilter = {
  kinds: ['*'],
  applications: ['*'],
  environments: ['*'],
  components: ['*'],
  severity: 'info',
};
const HELD: Happening = {
  kind: 'rollout.held',
  severity: 'warning',
  project: 'retail',
  application: 'shop',
  environment: 'production',
  component: 'web',
};

test.each([
  ['rollout.held', 'rollout.held', true],
  ['rollout.*', 'rollout.held', true],
  ['*', '', true],
  ['*.held', 'rollout.held', true],
  ['r*t.h*d', 'rollout.held', true],
  ['rollout', 'rollout.held', false],
  ['rollout.held.*', 'rollout.held', false],
  ['rollout.?eld', 'rollout.held', false],
  ['a*a', 'a', false],
  ['', 'a', false],
  ['**', 'anything', true],
])('%s against %s: %s', (pattern, text, expected) => {
  expect(matchesPattern(pattern, text)).toBe(expected);
});

test('a pattern that was made to be slow is not', () => {
  const before = performance.now();
  expect(matchesPattern(`${'*a'.repeat(100)}b`, 'a'.repeat(10_000))).toBe(false);
  expect(performance.now() - before).toBeLessThan(1_000);
});

test('each part of a filter has to want the event', () => {
  expect(isWanted(ALL, HELD)).toBe(true);
  expect(isWanted({ ...ALL, kinds: ['rollout.succeeded'] }, HELD)).toBe(false);
  expect(isWanted({ ...ALL, projects: ['bank', 'ret*'] }, HELD)).toBe(true);
  expect(isWanted({ ...ALL, projects: ['bank'] }, HELD)).toBe(false);
  expect(isWanted({ ...ALL, applications: ['billing', 'sho*'] }, HELD)).toBe(true);
  expect(isWanted({ ...ALL, applications: ['billing'] }, HELD)).toBe(false);
  expect(isWanted({ ...ALL, environments: ['staging'] }, HELD)).toBe(false);
  expect(isWanted({ ...ALL, components: ['api'] }, HELD)).toBe(false);
  expect(isWanted({ ...ALL, severity: 'warning' }, HELD)).toBe(true);
  expect(isWanted({ ...ALL, severity: 'critical' }, HELD)).toBe(false);
  expect(isWanted({ ...ALL, kinds: [] }, HELD)).toBe(false);
});

test('what is about no application goes to those who want all', () => {
  const freeze = {
    ...HELD,
    kind: 'freeze.declared',
    project: null,
    application: null,
    environment: null,
    component: null,
  };
  expect(isWanted(ALL, freeze)).toBe(true);
  expect(isWanted({ ...ALL, applications: ['shop'] }, freeze)).toBe(false);
  expect(isWanted({ ...ALL, projects: ['retail'] }, freeze)).toBe(false);
});
