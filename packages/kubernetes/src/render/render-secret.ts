import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { revisionName } from '../objects/names.ts';
import { base64 } from './base64.ts';
import { revisionMetadata } from './object-metadata.ts';
import type { RenderedRevision, RevisionOrder } from './rendered-revision.ts';

/** The longest part of a digest that goes into a name. */
const DIGEST_CHARACTERS = 32;

/** The name of the Secret with the values of a component's secrets. */
export function secretName(of: RenderedRevision, order: RevisionOrder): string {
  const digest = order.secretDigest
    ?.toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, DIGEST_CHARACTERS);
  return [revisionName(of.track, of.revision), 'secrets', ...(digest ? [digest] : [])].join('-');
}

/** The Secret with the values of a component's secrets, or none where it has none or their values are not given. */
export function renderSecret(of: RenderedRevision, order: RevisionOrder): KubernetesObject[] {
  const values = Object.entries(order.secretData ?? {});
  if (values.length === 0) return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: revisionMetadata(of, secretName(of, order), order.generation),
      type: 'Opaque',
      immutable: true,
      // Not `stringData`: a server-side apply could not take back what it once set through it.
      data: Object.fromEntries(values.map(([name, value]) => [name, base64(value)])),
    },
  ];
}
