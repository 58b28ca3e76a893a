import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { KubernetesObject, OwnerReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';

/** Tools whose place Sluice takes: with their objects everything would go that belongs to them. */
const REPLACED: readonly { readonly group: string; readonly kind: string }[] = [
  { group: 'flagger.app', kind: 'Canary' },
  { group: 'argoproj.io', kind: 'Rollout' },
];

const isReplaced = ({ apiVersion, kind }: OwnerReference): boolean =>
  REPLACED.some((tool) => tool.kind === kind && apiVersion.startsWith(`${tool.group}/`));

/**
 * The owners that an object keeps when it is taken over. A Canary or a Rollout is none of them, because the object would be
 * collected when that is deleted, which is how one moves over.
 *
 * @returns null where there is nobody to be left out
 */
export function keptOwners({ metadata }: KubernetesObject): readonly OwnerReference[] | null {
  const owners = metadata.ownerReferences ?? [];
  const kept = owners.filter((owner) => !isReplaced(owner));
  return kept.length === owners.length ? null : kept;
}

/**
 * Leaves alone what belongs to anything that Sluice does not take the place of: it would be set back by its owner, or go
 * with it. What was taken over before stays as it is.
 *
 * @throws SluiceError `unsupported` with the owner
 */
export function refuseOwned({ kind, metadata }: KubernetesObject): void {
  const { name, namespace = '', annotations, ownerReferences = [] } = metadata;
  const owner = ownerReferences.find((one) => !isReplaced(one));
  if (owner === undefined || annotations?.[TRACK] !== undefined) return;
  throw new SluiceError(
    'unsupported',
    `the ${kind} ${namespace}/${name} belongs to the ${owner.kind} ${owner.name} (${owner.apiVersion}), which may set it back and with which it goes; it is not taken over. Take that out of its ownerReferences first`,
    { next: 'ask-human' },
  );
}
