import { type Json, type JsonMap, isMap, listAt, mapAt, textAt, plainText } from '../json/json-tree.ts';
import type { ApiCall, Identity, ResourceCall } from './api-call.ts';
import { type ClusterState, readObject } from './cluster-state.ts';
import { Refusal, forbidden } from './refusal.ts';

/** What is to be done, in the words of roles. */
export interface Attributes {
  readonly user: Identity;
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `deployments/scale`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

const rbac = 'rbac.authorization.k8s.io';

/** Throws a refusal with 403 when nobody allowed this user what a call asks for. */
export function authorizeResource(state: ClusterState, call: ResourceCall): void {
  const { user, verb, type, namespace, name, subresource } = call;
  const resource = subresource === '' ? type.resource : `${type.resource}/${subresource}`;
  if (mayDo(state, { user, verb, group: type.group, resource, namespace, name })) return;
  const where =
    namespace === '' || !type.namespaced ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const why = `User "${user.name}" cannot ${verb} resource "${resource}" in API group "${type.group}" ${where}`;
  throw forbidden(type, verb === 'create' && subresource === '' ? '' : name, why);
}

const publicPaths = /^\/(version|healthz|livez|readyz)(\/.*)?$/;
const discoveryPaths = /^\/(api|apis|openapi)(\/.*)?$/;

/** Throws a refusal with 403 when this user may not read a path that is no resource. */
export function authorizePath(state: ClusterState, { user, path, method }: ApiCall): void {
  const authenticated = !user.groups.includes('system:unauthenticated');
  if (isMaster(user) || publicPaths.test(path) || (authenticated && discoveryPaths.test(path))) return;
  const verb = method.toLowerCase();
  if (clusterRules(state, user).some((rule) => allowsPath(rule, verb, path))) return;
  throw new Refusal(403, 'Forbidden', `forbidden: User "${user.name}" cannot ${verb} path "${path}"`, {});
}

/** Whether roles and bindings allow something. */
export function mayDo(state: ClusterState, attributes: Attributes): boolean {
  const { user, namespace, group, resource } = attributes;
  if (isMaster(user)) return true;
  const review = group === 'authorization.k8s.io' && /^selfsubject(access|rules)reviews$/.test(resource);
  if (review && !user.groups.includes('system:unauthenticated')) return true;
  const rules = [
    ...clusterRules(state, user),
    ...(namespace === '' ? [] : namespaceRules(state, user, namespace)),
  ];
  return rules.some((rule) => allows(rule, attributes));
}

function isMaster({ groups }: Identity): boolean {
  return groups.includes('system:masters');
}

function clusterRules(state: ClusterState, user: Identity): Json[] {
  return state.store
    .collection(`${rbac}/clusterrolebindings`)
    .inOrder(undefined)
    .filter((binding) => concerns(binding, user))
    .flatMap((binding) => rulesBehind(state, binding, ''));
}

function namespaceRules(state: ClusterState, user: Identity, namespace: string): Json[] {
  return state.store
    .collection(`${rbac}/rolebindings`)
    .inOrder(namespace)
    .filter((binding) => concerns(binding, user))
    .flatMap((binding) => rulesBehind(state, binding, namespace));
}

function concerns(binding: JsonMap, { name, groups }: Identity): boolean {
  return listAt(binding, 'subjects').some((subject) => {
    const own = textAt(subject, 'name');
    if (textAt(subject, 'kind') === 'User') return own === name;
    if (textAt(subject, 'kind') === 'Group') return groups.includes(own);
    const namespace = textAt(subject, 'namespace') || textAt(binding, 'metadata', 'namespace');
    return name === `system:serviceaccount:${namespace}:${own}`;
  });
}

function rulesBehind(state: ClusterState, binding: JsonMap, namespace: string): Json[] {
  const [kind, name] = [textAt(binding, 'roleRef', 'kind'), textAt(binding, 'roleRef', 'name')];
  const role =
    kind === 'Role'
      ? readObject(state, `${rbac}/roles`, namespace, name)
      : readObject(state, `${rbac}/clusterroles`, '', name);
  if (role === undefined) return [];
  const selectors = listAt(role, 'aggregationRule', 'clusterRoleSelectors');
  return selectors.length === 0 ? listAt(role, 'rules') : aggregated(state, selectors);
}

function aggregated(state: ClusterState, selectors: readonly Json[]): Json[] {
  return state.store
    .collection(`${rbac}/clusterroles`)
    .inOrder(undefined)
    .filter((role) =>
      selectors.some((selector) =>
        Object.entries(mapAt(selector, 'matchLabels')).every(
          ([key, value]) => mapAt(role, 'metadata', 'labels')[key] === value,
        ),
      ),
    )
    .flatMap((role) => listAt(role, 'rules'));
}

function allows(rule: Json, { verb, group, resource, name }: Attributes): boolean {
  const has = (key: string, wanted: string): boolean => {
    const listed = listAt(rule, key);
    return listed.includes('*') || listed.includes(wanted);
  };
  const subresource = resource.split('/')[1];
  const named = listAt(rule, 'resourceNames');
  return (
    has('verbs', verb) &&
    has('apiGroups', group) &&
    (has('resources', resource) ||
      (subresource !== undefined && listAt(rule, 'resources').includes(`*/${subresource}`))) &&
    (named.length === 0 || named.includes(name))
  );
}

function allowsPath(rule: Json, verb: string, path: string): boolean {
  const verbs = listAt(rule, 'verbs');
  if (!verbs.includes('*') && !verbs.includes(verb)) return false;
  return listAt(rule, 'nonResourceURLs').some((url) => {
    const text = plainText(url);
    return text === path || text === '*' || (text.endsWith('*') && path.startsWith(text.slice(0, -1)));
  });
}

/** Answers a question about access: one's own, or that of the user the question names. */
export function reviewAccess(state: ClusterState, review: JsonMap, user: Identity): JsonMap {
  const spec = mapAt(review, 'spec');
  const asked = textAt(spec, 'user');
  const subject = asked === '' ? user : { name: asked, groups: listAt(spec, 'groups').map(String) };
  const resource = spec['resourceAttributes'];
  const allowed = isMap(resource)
    ? mayDo(state, {
        user: subject,
        verb: textAt(resource, 'verb'),
        group: textAt(resource, 'group'),
        resource: [textAt(resource, 'resource'), textAt(resource, 'subresource')].filter(Boolean).join('/'),
        namespace: textAt(resource, 'namespace'),
        name: textAt(resource, 'name'),
      })
    : isMaster(subject);
  return { allowed };
}
