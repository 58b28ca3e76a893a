import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { expect, it } from 'vitest';
import { missingPermissions } from './missing-permissions.ts';
import type { NeededPermission } from './needed-permission.ts';
import { roleFor } from './role-for.ts';

const needed: readonly NeededPermission[] = [
  { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'shop' },
  { verb: 'get', group: 'apps', resource: 'deployments', namespace: 'shop' },
  { verb: 'patch', group: 'apps', resource: 'replicasets', namespace: 'shop' },
  { verb: 'get', group: 'apps', resource: 'replicasets', namespace: 'shop' },
  { verb: 'get', group: '', resource: 'pods/log', namespace: 'shop' },
  { verb: 'list', group: '', resource: 'nodes' },
];

/** Each object as a line for its name, and one for each of its rules. */
function told(objects: readonly KubernetesObject[]): string[] {
  return objects.flatMap(({ kind, metadata, rules, roleRef, subjects }) => [
    `${kind} ${metadata.namespace ?? '(cluster)'}/${metadata.name}`,
    ...((rules as object[] | undefined) ?? []).map((rule) => `  ${JSON.stringify(rule)}`),
    ...(roleRef === undefined ? [] : [`  ${JSON.stringify(roleRef)} to ${JSON.stringify(subjects)}`]),
  ]);
}

it('roles grant what is needed, by namespace, and bind it to the service account', () => {
  const objects = roleFor(needed, { name: 'sluice', user: 'system:serviceaccount:sluice:server' });
  expect(told(objects)).toEqual([
    'ClusterRole (cluster)/sluice',
    '  {"apiGroups":[""],"resources":["nodes"],"verbs":["list"]}',
    'ClusterRoleBinding (cluster)/sluice',
    '  {"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"sluice"} to [{"kind":"ServiceAccount","name":"server","namespace":"sluice"}]',
    'Role shop/sluice',
    '  {"apiGroups":[""],"resources":["pods/log"],"verbs":["get"]}',
    '  {"apiGroups":["apps"],"resources":["deployments","replicasets"],"verbs":["get","patch"]}',
    'RoleBinding shop/sluice',
    '  {"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"sluice"} to [{"kind":"ServiceAccount","name":"server","namespace":"sluice"}]',
  ]);
});

it('roles for a person are bound to the user', () => {
  const [, binding] = roleFor(needed.slice(0, 1), { name: 'sluice', user: 'dev' });
  expect(binding?.['subjects']).toEqual([
    { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'dev' },
  ]);
});

it('the order in which needs are named does not matter', () => {
  const subject = { name: 'sluice', user: 'dev' };
  expect(roleFor([...needed].reverse(), subject)).toEqual(roleFor(needed, subject));
});

it('what is missing is asked for once each and told in the order of the needs', async () => {
  const asked: NeededPermission[] = [];
  const client = {
    allows: (permission: NeededPermission) => {
      asked.push(permission);
      return Promise.resolve(permission.verb === 'get');
    },
  };
  const missing = await missingPermissions(client, [...needed, ...needed]);
  expect(missing).toEqual(needed.filter(({ verb }) => verb !== 'get'));
  expect(asked).toEqual(needed);
});
