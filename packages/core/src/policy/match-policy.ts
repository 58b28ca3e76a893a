import type {
  LabelExpression,
  LabelSelector,
  MatchConstraints,
  PolicyScope,
  ResourceRule,
} from './policy.ts';

/** An object that somebody wants to write, as far as rules look at it. */
export interface MatchedObject {
  readonly group: string;
  readonly version: string;
  /** The plural of its kind: `deployments`. */
  readonly resource: string;
  readonly operation: string;
  readonly name: string;
  /** Null for an object of the whole cluster. */
  readonly namespace: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

/** The label by which Kubernetes gives every namespace its name. */
export const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';

/** Whether constraints mean an object: a rule fits, no exclusion does, and its labels are the ones wanted. */
export function matchesObject(constraints: MatchConstraints, object: MatchedObject): boolean {
  const { resourceRules, excludeResourceRules, objectSelector, namespaceSelector } = constraints;
  if (resourceRules.length > 0 && !resourceRules.some((rule) => fits(rule, object))) return false;
  if (excludeResourceRules.some((rule) => fits(rule, object))) return false;
  if (objectSelector !== null && !selects(objectSelector, object.labels)) return false;
  // What belongs to no namespace is not left out by a selector of namespaces.
  if (namespaceSelector === null || object.namespace === null) return true;
  return selects(namespaceSelector, { [NAMESPACE_LABEL]: object.namespace });
}

function fits(rule: ResourceRule, object: MatchedObject): boolean {
  const isOf = (wanted: readonly string[], value: string): boolean =>
    wanted.includes('*') || wanted.includes(value);
  if (!isOf(rule.apiGroups, object.group) || !isOf(rule.apiVersions, object.version)) return false;
  if (!isOf(rule.operations, object.operation)) return false;
  // `*/*` means subresources as well; none of these is ever written here.
  if (!isOf(rule.resources, object.resource) && !rule.resources.includes('*/*')) return false;
  if (rule.resourceNames.length > 0 && !rule.resourceNames.includes(object.name)) return false;
  if (rule.scope === '*') return true;
  return (rule.scope === 'Namespaced') === (object.namespace !== null);
}

/** Whether labels are the ones that a selector wants; an empty selector wants none. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const own = (key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  if (Object.entries(selector.matchLabels).some(([key, value]) => own(key) !== value)) return false;
  return selector.matchExpressions.every((expression) => holds(expression, own(expression.key)));
}

function holds({ operator, values }: LabelExpression, label: string | undefined): boolean {
  switch (operator) {
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
  }
}

/** Whether a policy with this scope is asked about an application of a project in an environment. */
export const isInScope = (
  { projects = ['*'], applications, environments }: PolicyScope,
  of: { readonly project: string; readonly application: string; readonly environment: string },
): boolean =>
  projects.some((pattern) => isLike(pattern, of.project)) &&
  applications.some((pattern) => isLike(pattern, of.application)) &&
  environments.some((pattern) => isLike(pattern, of.environment));

/** Whether a name is like a pattern, in which each `*` stands for any text; in time that grows with their lengths' product. */
export function isLike(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const [head = ''] = parts;
  const tail = parts.at(-1) ?? '';
  if (parts.length === 1) return name === pattern;
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
  let from = head.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, from);
    if (found < 0 || found + part.length > name.length - tail.length) return false;
    from = found + part.length;
  }
  return true;
}
