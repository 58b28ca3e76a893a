import type { ClusterClient } from '../cluster-client.ts';
import type { PatientCalls } from '../connection/patient-calls.ts';
import type { NeededPermission } from './needed-permission.ts';

/** The part of a client that asks who it is and what it may do. */
export function ownIdentity(calls: PatientCalls): Pick<ClusterClient, 'allows' | 'identity' | 'version'> {
  return {
    allows: (permission) => allows(calls, permission),
    identity: () => identity(calls),
    version: async () => {
      const action = 'ask for the version';
      const reply = await calls.json({
        verb: 'discover',
        kind: 'Version',
        action,
        method: 'GET',
        path: '/version',
      });
      const { gitVersion } = reply as { gitVersion?: string };
      return gitVersion ?? 'unknown';
    },
  };
}

async function allows(
  calls: PatientCalls,
  { verb, group, resource, namespace }: NeededPermission,
): Promise<boolean> {
  const [name, subresource] = resource.split('/');
  const attributes = {
    verb,
    group,
    resource: name,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
  };
  const reply = await calls.json({
    verb: 'create',
    kind: 'SelfSubjectAccessReview',
    action: `ask whether ${verb} of ${resource} is permitted`,
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    contentType: 'application/json',
    body: JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: attributes },
    }),
  });
  return (reply as { status?: { allowed?: boolean } }).status?.allowed === true;
}

async function identity(calls: PatientCalls): Promise<{ user: string; groups: readonly string[] }> {
  const reply = await calls.json({
    verb: 'create',
    kind: 'SelfSubjectReview',
    action: 'ask who the credentials belong to',
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    contentType: 'application/json',
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
  });
  const { status } = reply as { status?: { userInfo?: { username?: string; groups?: readonly string[] } } };
  return { user: status?.userInfo?.username ?? 'unknown', groups: status?.userInfo?.groups ?? [] };
}
