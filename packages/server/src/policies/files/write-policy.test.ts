import type { Policy } from '@sluice/core/policy/policy.ts';
import { expect, it } from 'vitest';
import { starterText } from '../starter-policies.ts';
import { readPolicies } from './read-policies.ts';
import { writePolicy } from './write-policy.ts';

function read(text: string): readonly Policy[] {
  const reading = readPolicies(text, 'policies.yaml');
  expect(reading).toMatchObject({ ok: true });
  return reading.ok ? reading.policies : [];
}
const again = (policy: Policy): readonly Policy[] => read(writePolicy(policy));

const EVERYTHING = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: all-of-it, annotations: { description: "a: b # c" } }
spec:
  failurePolicy: Ignore
  paramKind: { apiVersion: v1, kind: ConfigMap }
  matchConstraints:
    resourceRules:
      - { apiGroups: [apps, ''], apiVersions: [v1], operations: [CREATE], resources: [deployments], resourceNames: [web], scope: Namespaced }
      - { resources: ['*'] }
    excludeResourceRules: [{ resources: [pods] }]
    objectSelector: { matchLabels: { team: a }, matchExpressions: [{ key: tier, operator: In, values: ['no', '1'] }] }
    namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: shop } }
  matchConditions: [{ name: not-system, expression: "object.metadata.name != 'system'" }]
  variables: [{ name: most, expression: int(params.data.most) }]
  validations:
    - expression: |-
        object.spec.replicas
          <= variables.most
      message: 'at most: "some"'
    - expression: "true"
      messageExpression: "'never ' + string(variables.most)"
  auditAnnotations: [{ key: seen, valueExpression: "'yes'" }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: first }
spec: { policyName: all-of-it, validationActions: [Deny, Audit], paramRef: { name: most, namespace: a }, matchResources: { resourceRules: [{ resources: [deployments] }] } }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: second }
spec: { policyName: all-of-it, validationActions: [Warn], paramRef: { name: most, namespace: b } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: most, namespace: a }
data: { most: '3' }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: most, namespace: b }
data: { most: '5' }
`;

it('what is written is read as the same policy: those that come with Sluice', async () => {
  for (const policy of read(await starterText())) expect(again(policy)).toEqual([policy]);
});

it('what is written is read as the same policy: everything that Kubernetes has', () => {
  const [policy] = read(EVERYTHING);
  expect(policy && again(policy)).toEqual([policy]);
});

it('what is written is read as the same policy: ours, with its scope and another action', () => {
  const [policy] = read(`
apiVersion: sluice.dev/v1
kind: ReleasePolicy
metadata: { name: ours }
spec:
  description: "<script>alert('x')</script>\u2028"
  applications: [shop, pay-*]
  environments: ['prod*']
  action: audit
  failurePolicy: Ignore
  params: { limit: 1.5, names: [], nested: { 'on': 'off' } }
  validations: [{ expression: "component.name != '\\\\u0000'", message: "" }]
`);
  expect(policy && again(policy)).toEqual([policy]);
});
