import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { type ClusterClient, FIELD_MANAGER } from '../cluster-client.ts';
import type { PatientCalls } from '../connection/patient-calls.ts';
import { readStatus } from '../failures/api-status.ts';
import { clusterRefusalOf } from '../failures/cluster-refusal.ts';
import { type Attempt, refusalFailure } from '../failures/refusal-failure.ts';
import type { KindDiscovery } from './kind-discovery.ts';
import { objectPath, sayObject } from './object-path.ts';

/** What calls for single objects are made with. */
export interface ObjectCallParts {
  readonly calls: PatientCalls;
  readonly kinds: KindDiscovery;
  readonly attempt: (action: string) => Attempt;
}

/** The part of a client that reads and writes single objects. */
export function objectCalls(
  parts: ObjectCallParts,
): Pick<ClusterClient, 'read' | 'apply' | 'patch' | 'remove'> {
  return {
    read: (reference) => read(parts, reference),
    apply: (object, options = {}) => apply(parts, object, options),
    patch: (reference, patch, options = {}) =>
      options.subresource === 'eviction'
        ? evict(parts, reference, patch)
        : mergePatch(parts, reference, patch, { part: options.subresource, dryRun: options.dryRun ?? false }),
    remove: (reference, options = {}) => remove(parts, reference, options),
  };
}

async function read(
  { calls, kinds, attempt }: ObjectCallParts,
  reference: ObjectReference,
): Promise<KubernetesObject | undefined> {
  const { apiVersion, kind } = reference;
  const action = `read ${sayObject(reference)}`;
  const resource = await kinds.require(apiVersion, kind, action);
  const path = objectPath(resource, reference);
  const reply = await calls.reply({ verb: 'get', kind, action, method: 'GET', path });
  if (reply.status === 200) return parseObject(reply.text, action);
  const status = readStatus(reply.status, reply.text, reply.retryAfter);
  if (reply.status === 404 && status.name !== undefined) return undefined;
  if (reply.status === 404) kinds.forget(apiVersion);
  throw refusalFailure(status, attempt(action));
}

async function apply(
  { calls, kinds }: ObjectCallParts,
  object: KubernetesObject,
  options: NonNullable<Parameters<ClusterClient['apply']>[1]>,
): Promise<KubernetesObject> {
  const { apiVersion, kind, metadata } = object;
  const reference = { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
  const action = `apply ${sayObject(reference)}`;
  const resource = await kinds.require(apiVersion, kind, action);
  const { managedFields: _, ...sent } = metadata as KubernetesObject['metadata'] & {
    managedFields?: unknown;
  };
  const reply = await calls.json({
    verb: 'apply',
    kind,
    action,
    method: 'PATCH',
    path: objectPath(resource, reference),
    query: {
      fieldManager: options.manager ?? FIELD_MANAGER,
      fieldValidation: 'Strict',
      force: String(options.force ?? false),
      ...(options.dryRun === true ? { dryRun: 'All' } : {}),
    },
    // JSON is YAML, and the only form of it in which nothing is read as something else.
    contentType: 'application/apply-patch+yaml',
    body: JSON.stringify({ ...object, metadata: sent }),
  });
  return reply as KubernetesObject;
}

async function mergePatch(
  { calls, kinds }: ObjectCallParts,
  reference: ObjectReference,
  patch: object,
  { part, dryRun }: { readonly part: 'status' | 'scale' | undefined; readonly dryRun: boolean },
): Promise<KubernetesObject> {
  const { apiVersion, kind } = reference;
  const action = `patch ${part === undefined ? '' : `${part} of `}${sayObject(reference)}`;
  const resource = await kinds.require(apiVersion, kind, action);
  const reply = await calls.json({
    verb: 'patch',
    kind,
    action,
    method: 'PATCH',
    path: objectPath(resource, reference, part),
    query: { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict', ...(dryRun ? { dryRun: 'All' } : {}) },
    contentType: 'application/merge-patch+json',
    body: JSON.stringify(patch),
  });
  return reply as KubernetesObject;
}

async function evict(
  { calls, kinds }: ObjectCallParts,
  reference: ObjectReference,
  more: object,
): Promise<KubernetesObject> {
  const { name, namespace } = reference;
  const action = `evict ${sayObject(reference)}`;
  const resource = await kinds.require(reference.apiVersion, reference.kind, action);
  const eviction: KubernetesObject = {
    ...more,
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  };
  await calls.json({
    verb: 'create',
    kind: 'Eviction',
    action,
    method: 'POST',
    path: objectPath(resource, reference, 'eviction'),
    contentType: 'application/json',
    body: JSON.stringify(eviction),
  });
  return eviction;
}

async function remove(
  { calls, kinds }: ObjectCallParts,
  reference: ObjectReference,
  options: NonNullable<Parameters<ClusterClient['remove']>[1]>,
): Promise<boolean> {
  const { apiVersion, kind } = reference;
  const action = `remove ${sayObject(reference)}`;
  const resource = await kinds.require(apiVersion, kind, action);
  try {
    await calls.json({
      verb: 'delete',
      kind,
      action,
      method: 'DELETE',
      path: objectPath(resource, reference),
      contentType: 'application/json',
      body: JSON.stringify({
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: options.propagation ?? 'Background',
        ...(options.uid === undefined ? {} : { preconditions: { uid: options.uid } }),
      }),
    });
    return true;
  } catch (thrown) {
    if (saysGone(thrown)) return false;
    throw thrown;
  }
}

/** Not there, or another one under the same name. */
function saysGone(thrown: unknown): boolean {
  const refusal = clusterRefusalOf(thrown);
  if (refusal?.reason === 'not-found') return refusal.status.name !== undefined;
  return (
    refusal?.reason === 'changed-meanwhile' && refusal.status.message.includes('UID in the precondition')
  );
}

function parseObject(text: string, action: string): KubernetesObject {
  try {
    return JSON.parse(text) as KubernetesObject;
  } catch (cause) {
    const message = `${action}: the answer is no JSON: something else than a Kubernetes API server answers at that address`;
    throw new SluiceError('invalid-reply', message, { next: 'ask-human', cause });
  }
}
