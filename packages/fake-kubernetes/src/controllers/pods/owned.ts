import { type ApiObject, controllerOf, keyOf, ownedBy } from '../objects/api-object.ts';
import { type LabelSelector, selects } from '../objects/label-selector.ts';
import type { Resource } from '../objects/resource.ts';
import type { Informer } from '../watching/informer.ts';
import { type ObjectAccess, unlessGone } from '../watching/object-access.ts';

/** Finds objects by the uid of who manages them, and those without a manager by their namespace. */
const BY_MANAGER = 'manager';

/** Keeps the index that `owned` looks into. */
export function indexByManager<T extends ApiObject>(informer: Informer<T>): void {
  informer.addIndex(BY_MANAGER, (object) => {
    const manager = controllerOf(object);
    return [manager === undefined ? `without ${object.metadata.namespace ?? ''}` : manager.uid];
  });
}

/** The objects that somebody manages. */
export function owned<T extends ApiObject>(informer: Informer<T>, owner: ApiObject): readonly T[] {
  return informer.indexed(BY_MANAGER, owner.metadata.uid);
}

/** The objects of a namespace that nobody manages. */
export function withoutManager<T extends ApiObject>(informer: Informer<T>, namespace: string): readonly T[] {
  return informer.indexed(BY_MANAGER, `without ${namespace}`);
}

/** Who claims what. */
export interface Claim<T extends ApiObject> {
  readonly owner: ApiObject;
  readonly selector: LabelSelector;
  readonly resource: Resource<T>;
  readonly informer: Informer<T>;
  readonly access: ObjectAccess;
}

/**
 * The objects that an owner manages, after it took those that fit its selector and belong to nobody, and let go those of
 * its own that fit no longer. An owner that is being deleted takes nothing.
 */
export async function claimed<T extends ApiObject>(claim: Claim<T>): Promise<readonly T[]> {
  const { owner, selector, informer } = claim;
  const mine = owned(informer, owner);
  const fitting = mine.filter(({ metadata }) => selects(selector, metadata.labels));
  if (owner.metadata.deletionTimestamp !== undefined) return fitting;
  const leaving = mine.filter((object) => !fitting.includes(object));
  for (const object of leaving) await release(claim, object);
  const free = withoutManager(informer, owner.metadata.namespace ?? '').filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined && selects(selector, metadata.labels),
  );
  const adopted: T[] = [];
  for (const object of free) {
    const now = await adopt(claim, object);
    if (now !== undefined) adopted.push(now);
  }
  return [...fitting, ...adopted];
}

async function adopt<T extends ApiObject>(
  { owner, resource, access }: Claim<T>,
  object: T,
): Promise<T | undefined> {
  const ownerReferences = [...(object.metadata.ownerReferences ?? []), ownedBy(owner)];
  const body = { metadata: { uid: object.metadata.uid, ownerReferences } };
  return unlessGone(await access.patch(resource, object.metadata, body), `adopt ${keyOf(object)}`);
}

async function release<T extends ApiObject>({ owner, resource, access }: Claim<T>, object: T): Promise<void> {
  const ownerReferences = object.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid);
  const body = { metadata: { uid: object.metadata.uid, ownerReferences } };
  unlessGone(await access.patch(resource, object.metadata, body), `release ${keyOf(object)}`);
}
