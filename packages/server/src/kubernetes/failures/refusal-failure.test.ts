import { expect, it } from 'vitest';
import { type ApiStatus, readStatus } from './api-status.ts';
import { clusterRefusalOf } from './cluster-refusal.ts';
import { refusalFailure } from './refusal-failure.ts';

const attempt = {
  action: 'apply Deployment shop/web',
  cluster: 'eu',
  origin: 'context eu of ~/.kube/config',
};

function status(code: number, message: string, causes: ApiStatus['causes'] = []): ApiStatus {
  const details = { name: 'web', causes };
  return readStatus(code, JSON.stringify({ kind: 'Status', message, details }), undefined);
}

it.each([
  [
    'expired credentials',
    status(401, 'Unauthorized'),
    ['unsupported', 'ask-human', 'not-authenticated'],
    'the API server does not accept the credentials (context eu of ~/.kube/config): they are wrong or have expired; renew them',
  ],
  [
    'a missing permission in a namespace',
    status(
      403,
      'deployments.apps "web" is forbidden: User "dev" cannot patch resource "deployments/scale" in API group "apps" in the namespace "shop"',
    ),
    ['unsupported', 'ask-human', 'not-permitted'],
    'user dev may not patch deployments/scale.apps in namespace shop; grant that verb by a Role (`sluice doctor --cluster eu --namespace shop` prints it)',
  ],
  [
    'a missing permission in the cluster',
    status(
      403,
      'nodes is forbidden: User "dev" cannot list resource "nodes" in API group "" at the cluster scope',
    ),
    ['unsupported', 'ask-human', 'not-permitted'],
    'user dev may not list nodes in the whole cluster; grant that verb by a ClusterRole',
  ],
  [
    'a quota',
    status(
      403,
      'pods "web-1" is forbidden: exceeded quota: small, requested: pods=1, used: pods=4, limited: pods=4',
    ),
    ['exhausted', 'ask-human', 'quota-exceeded'],
    'pods "web-1" is forbidden: exceeded quota: small, requested: pods=1, used: pods=4, limited: pods=4; raise the quota of the namespace or ask for less',
  ],
  [
    'a webhook that denies',
    status(400, 'admission webhook "policy.example.com" denied the request: images come from our registry'),
    ['invalid-input', 'ask-human', 'webhook-denied'],
    'admission webhook "policy.example.com" denied the request: images come from our registry; change the object as the webhook asks, or ask its owner',
  ],
  [
    'a webhook that does not answer',
    status(
      500,
      'Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post "https://policy": connection refused',
    ),
    ['unreachable', 'retry', 'webhook-broken'],
    'Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post "https://policy": connection refused; the webhook itself does not answer: mend it or ask its owner',
  ],
  [
    'a policy of the namespace',
    status(403, 'pods "web-1" is forbidden: violates PodSecurity "restricted:latest": privileged'),
    ['invalid-input', 'ask-human', 'policy-denied'],
    'pods "web-1" is forbidden: violates PodSecurity "restricted:latest": privileged; change the object or the policy of the namespace',
  ],
  [
    'a namespace that goes',
    status(403, 'unable to create new content in namespace shop because it is being terminated', [
      {
        reason: 'NamespaceTerminating',
        message: 'namespace shop is being terminated',
        field: 'metadata.namespace',
      },
    ]),
    ['not-found', 'ask-human', 'namespace-terminating'],
    'unable to create new content in namespace shop because it is being terminated; wait until it is gone and make it again, or choose another namespace',
  ],
  [
    'fields of other managers',
    status(409, 'Apply failed with 3 conflicts', [
      { reason: 'FieldManagerConflict', message: 'conflict with "helm"', field: '.spec.replicas' },
      { reason: 'FieldManagerConflict', message: 'conflict with "helm"', field: '.spec.paused' },
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "hpa" with subresource "scale"',
        field: '.spec.x',
      },
    ]),
    ['conflict', 'ask-human', 'fields-owned'],
    '.spec.replicas, .spec.paused belong to "helm"; .spec.x belongs to "hpa" with subresource "scale"; leave these fields out, let that manager give them up, or take them over by force',
  ],
  [
    'an object that changed',
    status(409, 'the object has been modified'),
    ['conflict', 'retry', 'changed-meanwhile'],
    'the object has been modified; read the object again and decide anew',
  ],
  [
    'several values that are wrong',
    status(422, 'Deployment.apps "web" is invalid: [spec.replicas: Invalid value, spec.selector: Required]', [
      { reason: 'FieldValueInvalid', message: 'must be greater than 0', field: 'spec.replicas' },
      { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' },
    ]),
    ['invalid-input', 'stop', 'invalid'],
    'Deployment.apps "web" is invalid: spec.replicas: must be greater than 0; spec.selector: Required value; correct what is named and try again',
  ],
  [
    'a field that does not exist',
    status(
      500,
      'failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.bogus: field not declared in schema',
    ),
    ['invalid-input', 'stop', 'invalid'],
    'failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.bogus: field not declared in schema; correct what is named and try again',
  ],
  [
    'a server that is overloaded',
    readStatus(429, 'Too many requests, please try again later.\n', '3'),
    ['exhausted', 'retry-after', 'overloaded'],
    'the API server is overloaded or starting (429: Too many requests, please try again later.); it was asked again in vain: try later',
  ],
  [
    'a page of a proxy',
    readStatus(502, '<html>\n<h1>Bad\n Gateway</h1></html>', undefined),
    ['unreachable', 'retry', 'other'],
    'the API server answered 502: <html> <h1>Bad Gateway</h1></html>; look into its log if that stays',
  ],
])('%s is told as what it is', (_, refused, [code, next, reason], words) => {
  const failure = refusalFailure(refused, attempt);
  expect(failure.message).toBe(`apply Deployment shop/web in cluster eu: ${words}`);
  expect([failure.code, failure.next, clusterRefusalOf(failure)?.reason]).toEqual([code, next, reason]);
});

it('a server that says when to come back is told with that time', () => {
  expect(refusalFailure(readStatus(429, 'busy', '3'), attempt).retryAfterMs).toBe(3000);
  expect(refusalFailure(readStatus(429, 'busy', undefined), attempt).retryAfterMs).toBe(1000);
});
