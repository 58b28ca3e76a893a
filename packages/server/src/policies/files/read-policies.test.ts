import { describe, expect, it } from 'vitest';
import type { Policy } from '@sluice/core/policy/policy.ts';
import { readPolicies } from './read-policies.ts';

const ADMISSION = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: few-replicas }
spec:
  matchConstraints:
    resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments] }]
  variables: [{ name: most, expression: "params == null ? 5 : int(params.data.most)" }]
  validations:
    - expression: object.spec.replicas <= variables.most
      messageExpression: "'at most ' + string(variables.most)"
`;
const BINDING = `---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: few-replicas-warns }
spec: { policyName: few-replicas, validationActions: [Warn, Audit] }
`;
const native = (validation: string, more = ''): string => `
apiVersion: sluice.dev/v1
kind: ReleasePolicy
metadata: { name: mine }
spec:
  environments: [production]
${more}  validations:
    - expression: ${JSON.stringify(validation)}
`;

function read(text: string): readonly Policy[] {
  const reading = readPolicies(text, 'policies.yaml');
  expect(reading).toMatchObject({ ok: true });
  return reading.ok ? reading.policies : [];
}

const faultsOf = (text: string): readonly string[] => {
  const reading = readPolicies(text, 'policies.yaml');
  return reading.ok ? [] : reading.faults.map(({ line, path, message }) => `${line} ${path}: ${message}`);
};

describe('files of policies', () => {
  it('are those of Kubernetes, with what binds them', () => {
    const [policy] = read(ADMISSION + BINDING);
    expect(policy).toMatchObject({
      name: 'few-replicas',
      format: 'ValidatingAdmissionPolicy',
      failurePolicy: 'Fail',
      match: { resourceRules: [{ resources: ['deployments'], scope: '*' }] },
      bindings: [{ name: 'few-replicas-warns', actions: ['warn', 'audit'], params: null }],
    });
  });

  it('need no binding, which is said', () => {
    expect(readPolicies(ADMISSION, 'a.yaml')).toMatchObject({
      policies: [{ bindings: [{ actions: ['deny'] }] }],
      notes: [expect.stringContaining('adding it here binds it')],
    });
  });

  it('or ours, asked once for each component', () => {
    expect(read(native("plan.strategy == 'canary'"))).toMatchObject([
      {
        name: 'mine',
        match: null,
        scope: { projects: ['*'], applications: ['*'], environments: ['production'] },
      },
    ]);
  });

  it.each([
    ['an unknown function', native('component.name.shout() == ""'), /shout/],
    ['an unknown variable', native('subject.name == ""'), /Unknown variable: subject; known are object/],
    ['who may do what', native('authorizer.group("").check()'), /no cluster is asked/],
    ['a variable that is not declared', native('variables.most > 1'), /variables.most is not declared/],
    ['a number', native('1 + 1'), /gives int, where bool is wanted/],
    ['no expression', native('1 +'), /spec.validations\[0\].expression/],
    ['a misspelt field', native('true', '  failurePolcy: Ignore\n'), /failurePolcy/],
    ['an earlier version', ADMISSION.replace('/v1', '/v1beta1'), /write admissionregistration.k8s.io\/v1/],
    ['a binding of nothing', BINDING.slice(3) + native('true').replace('\n', '---\n'), /does not hold/],
    ['something else', 'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\n', /no policy/],
    ['nothing', '', /holds no policy/],
    [
      'parameters without their object',
      ADMISSION.replace('spec:', 'spec:\n  paramKind: { apiVersion: v1, kind: ConfigMap }') +
        BINDING.replace('[Warn, Audit]', '[Deny], paramRef: { name: most }'),
      /holds no ConfigMap most/,
    ],
    [
      'labels of namespaces',
      ADMISSION.replace(
        'resourceRules',
        'namespaceSelector: { matchLabels: { team: a } }\n    resourceRules',
      ),
      /only its name is known/,
    ],
  ])('with %s are refused, and say why', (_, text, why) => {
    const faults = faultsOf(text);
    expect(faults.join('\n')).toMatch(why);
    expect(faults[0]).toMatch(/^\d+ /);
  });

  it('take parameters from the same file', () => {
    const [policy] = read(
      `${ADMISSION.replace('spec:', 'spec:\n  paramKind: { apiVersion: v1, kind: ConfigMap }')}${BINDING.replace('[Warn, Audit]', '[Deny], paramRef: { name: most }')}---
apiVersion: v1
kind: ConfigMap
metadata: { name: most }
data: { most: '3' }
`,
    );
    expect(policy?.bindings).toMatchObject([{ actions: ['deny'], params: { data: { most: '3' } } }]);
  });
});
