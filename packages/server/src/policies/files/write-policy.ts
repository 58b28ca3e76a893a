import type {
  LabelSelector,
  MatchConstraints,
  NamedExpression,
  Policy,
  PolicyBinding,
  PolicyValidation,
  ResourceRule,
} from '@sluice/core/policy/policy.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { toYaml } from '@sluice/kubernetes/render/to-yaml.ts';

/**
 * A policy as the text of a file that `readPolicies` reads as the same policy. Of a policy of Kubernetes the scope is
 * not in it: no field of its file says in which applications it holds.
 */
export function writePolicy(policy: Policy): string {
  const documents =
    policy.format === 'ReleasePolicy'
      ? [releasePolicy(policy)]
      : [admissionPolicy(policy), ...policy.bindings.map((one) => binding(policy, one)), ...paramsOf(policy)];
  return toYaml(documents as unknown as readonly KubernetesObject[]);
}

function releasePolicy(policy: Policy): object {
  const { name, description, scope, match } = policy;
  const [bound] = policy.bindings;
  return {
    ...{ apiVersion: 'sluice.dev/v1', kind: 'ReleasePolicy', metadata: { name } },
    spec: {
      ...(description !== '' && { description }),
      ...(scope.projects && !isAny(scope.projects) && { projects: scope.projects }),
      ...(!isAny(scope.applications) && { applications: scope.applications }),
      ...(!isAny(scope.environments) && { environments: scope.environments }),
      action: bound?.actions[0] ?? 'deny',
      ...(policy.failurePolicy !== 'Fail' && { failurePolicy: policy.failurePolicy }),
      ...(match && { objects: constraints(match) }),
      ...(bound?.params && { params: bound.params }),
      ...rules(policy),
    },
  };
}

const ADMISSION = 'admissionregistration.k8s.io/v1';

function admissionPolicy(policy: Policy): object {
  const { name, description, failurePolicy, match, auditAnnotations } = policy;
  const params = policy.bindings.find((one) => one.params !== null)?.params;
  return {
    ...{ apiVersion: ADMISSION, kind: 'ValidatingAdmissionPolicy' },
    metadata: { name, ...(description !== '' && { annotations: { description } }) },
    spec: {
      ...(failurePolicy !== 'Fail' && { failurePolicy }),
      ...(params && { paramKind: { apiVersion: params['apiVersion'], kind: params['kind'] } }),
      matchConstraints: match ? constraints(match) : {},
      ...rules(policy),
      ...(auditAnnotations.length > 0 && {
        auditAnnotations: auditAnnotations.map((one) => ({ key: one.name, valueExpression: one.expression })),
      }),
    },
  };
}

const ACTIONS = { deny: 'Deny', warn: 'Warn', audit: 'Audit' } as const;

function binding(policy: Policy, { name, actions, match, params }: PolicyBinding): object {
  const named = params && namesOf(params);
  return {
    ...{ apiVersion: ADMISSION, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name } },
    spec: {
      policyName: policy.name,
      validationActions: actions.map((action) => ACTIONS[action]),
      ...(named && { paramRef: named }),
      ...(match && { matchResources: constraints(match) }),
    },
  };
}

/** What bindings name as parameters, each object once. */
function paramsOf({ bindings }: Policy): readonly JsonObject[] {
  const found = bindings.flatMap(({ params }) => (params ? [params] : []));
  return [...new Map(found.map((params) => [JSON.stringify(namesOf(params)), params])).values()];
}

function namesOf({ metadata }: JsonObject): object {
  const { name, namespace } = metadata as { readonly name: string; readonly namespace?: string };
  return { name, ...(namespace !== undefined && { namespace }) };
}

const rules = (policy: Policy): object => ({
  ...listed('matchConditions', policy.matchConditions, plainExpression),
  ...listed('variables', policy.variables, plainExpression),
  ...listed('validations', policy.validations, validation),
});

const plainExpression = ({ name, expression }: NamedExpression): object => ({ name, expression });

const validation = ({ expression, message, messageExpression }: PolicyValidation): object => ({
  expression,
  ...(message !== null && { message }),
  ...(messageExpression !== null && { messageExpression }),
});

function constraints(match: MatchConstraints): object {
  return {
    ...listed('resourceRules', match.resourceRules, resourceRule),
    ...listed('excludeResourceRules', match.excludeResourceRules, resourceRule),
    ...(match.objectSelector && { objectSelector: selector(match.objectSelector) }),
    ...(match.namespaceSelector && { namespaceSelector: selector(match.namespaceSelector) }),
  };
}

function resourceRule(rule: ResourceRule): object {
  const { apiGroups, apiVersions, operations, resourceNames, resources, scope } = rule;
  return {
    ...(!isAny(apiGroups) && { apiGroups }),
    ...(!isAny(apiVersions) && { apiVersions }),
    resources,
    ...(!isAny(operations) && { operations }),
    ...(resourceNames.length > 0 && { resourceNames }),
    ...(scope !== '*' && { scope }),
  };
}

const selector = ({ matchLabels, matchExpressions }: LabelSelector): object => ({
  ...(Object.keys(matchLabels).length > 0 && { matchLabels }),
  ...listed('matchExpressions', matchExpressions, (one) => one),
});

const isAny = (names: readonly string[]): boolean => names.length === 1 && names[0] === '*';

const listed = <Item>(key: string, items: readonly Item[], written: (item: Item) => unknown): object =>
  items.length === 0 ? {} : { [key]: items.map(written) };
