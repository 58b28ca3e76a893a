import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { ObjectSelection } from '../cluster-client.ts';
import { type KindResource, versionPath } from './kind-discovery.ts';

/** The path of one object, or of a part of it; `invalid-input` where a namespace is missing. */
export function objectPath(resource: KindResource, reference: ObjectReference, part?: string): string {
  const { namespace, name } = reference;
  if (name === '') {
    throw new SluiceError('invalid-input', `a ${resource.kind} is meant but not named`, { next: 'stop' });
  }
  if (resource.namespaced && (namespace === undefined || namespace === '')) {
    const message = `${resource.kind} ${name} lies in a namespace, and none is named: name it`;
    throw new SluiceError('invalid-input', message, { next: 'stop' });
  }
  const suffix = part === undefined ? '' : `/${part}`;
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}${suffix}`;
}

/** The path of all objects of a kind, in one namespace or all. */
export function collectionPath(resource: KindResource, namespace: string | undefined): string {
  const place =
    resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${versionPath(resource.apiVersion)}${place}/${resource.plural}`;
}

/** `Deployment shop/web`, for messages. */
export function sayObject({ kind, namespace, name }: ObjectReference): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** `Pod of namespace shop with app=web`, for messages. */
export function saySelection({ kind, namespace, labels }: ObjectSelection): string {
  const place = namespace === undefined ? 'of all namespaces' : `of namespace ${namespace}`;
  return `${kind} ${place}${labels === undefined ? '' : ` with ${labels}`}`;
}
