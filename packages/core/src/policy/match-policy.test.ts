import { describe, expect, it } from 'vitest';
import { groupAndVersion, resourceOf } from './kind-names.ts';
import { isInScope, isLike, matchesObject, selects } from './match-policy.ts';
import type { MatchConstraints, ResourceRule } from './policy.ts';

const rule = (changes: Partial<ResourceRule> = {}): ResourceRule => ({
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  resources: ['deployments'],
  operations: ['CREATE', 'UPDATE'],
  resourceNames: [],
  scope: '*',
  ...changes,
});
const constraints = (changes: Partial<MatchConstraints> = {}): MatchConstraints => ({
  resourceRules: [rule()],
  excludeResourceRules: [],
  objectSelector: null,
  namespaceSelector: null,
  ...changes,
});
const WEB = {
  ...{ group: 'apps', version: 'v1', resource: 'deployments', operation: 'CREATE', name: 'web' },
  ...{ namespace: 'shop', labels: { team: 'checkout' } },
};

describe('constraints', () => {
  it.each<[string, Partial<MatchConstraints>, boolean]>([
    ['what a rule names', {}, true],
    ['another group', { resourceRules: [rule({ apiGroups: [''] })] }, false],
    ['any of everything', { resourceRules: [rule({ apiGroups: ['*'], resources: ['*/*'] })] }, true],
    ['only what is removed', { resourceRules: [rule({ operations: ['DELETE'] })] }, false],
    ['another name', { resourceRules: [rule({ resourceNames: ['api'] })] }, false],
    ['what belongs to the cluster', { resourceRules: [rule({ scope: 'Cluster' })] }, false],
    ['what is left out', { excludeResourceRules: [rule()] }, false],
    ['its label', { objectSelector: { matchLabels: { team: 'checkout' }, matchExpressions: [] } }, true],
    [
      'another namespace',
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'bank' }, matchExpressions: [] } },
      false,
    ],
  ])('that mean %s', (_, changes, expected) => {
    expect(matchesObject(constraints(changes), WEB)).toBe(expected);
  });

  it('look at own labels only, whatever these are called', () => {
    const exists = (key: string) => ({
      matchLabels: {},
      matchExpressions: [{ key, operator: 'Exists' as const, values: [] }],
    });
    expect(selects(exists('constructor'), {})).toBe(false);
    expect(selects(exists('team'), { team: '' })).toBe(true);
  });
});

describe('a scope', () => {
  it.each([
    ['*', 'production', true],
    ['prod*', 'production', true],
    ['*-eu', 'production-eu', true],
    ['a*b*c', 'axxbyyc', true],
    ['ab*ba', 'aba', false],
    ['a*b*b', 'ab', false],
    ['production', 'production-eu', false],
  ])('with %s and %s', (pattern, name, expected) => {
    expect(isLike(pattern, name)).toBe(expected);
  });

  it('is no way to keep a server busy', () => {
    expect(isLike(`${'*a'.repeat(500)}b`, 'a'.repeat(10_000))).toBe(false);
  });

  it('wants both names', () => {
    const scope = { applications: ['shop'], environments: ['production'] };
    const of = { project: 'retail', application: 'shop', environment: 'production' };
    expect(isInScope(scope, of)).toBe(true);
    expect(isInScope(scope, { ...of, environment: 'staging' })).toBe(false);
    expect(isInScope({ ...scope, projects: ['ret*'] }, of)).toBe(true);
    expect(isInScope({ ...scope, projects: ['bank'] }, of)).toBe(false);
  });
});

it('kinds have the plurals under which Kubernetes serves them', () => {
  const kinds = [
    'Deployment',
    'Ingress',
    'NetworkPolicy',
    'HTTPRoute',
    'Endpoints',
    'DestinationRule',
    'Gateway',
  ];
  expect(kinds.map(resourceOf)).toEqual([
    ...[
      'deployments',
      'ingresses',
      'networkpolicies',
      'httproutes',
      'endpoints',
      'destinationrules',
      'gateways',
    ],
  ]);
  expect(groupAndVersion('v1')).toEqual({ group: '', version: 'v1' });
  expect(groupAndVersion('apps/v1')).toEqual({ group: 'apps', version: 'v1' });
});
