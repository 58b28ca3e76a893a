import type { ApiObject } from '../objects/api-object.ts';
import type { ServedResource } from '../cluster-life/served-resources.ts';

/** One object among those that own and are owned. */
export interface OwnedObject {
  readonly resource: ServedResource;
  readonly object: ApiObject;
}

/** Who owns whom, by uid, over all kinds. Dependents are known even of an owner that is not. */
export class OwnerGraph {
  readonly #objects = new Map<string, OwnedObject>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): OwnedObject | undefined {
    return this.#objects.get(uid);
  }

  put(entry: OwnedObject): void {
    const { uid } = entry.object.metadata;
    this.#unlink(uid);
    this.#objects.set(uid, entry);
    for (const owner of entry.object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      if (dependents === undefined) this.#dependents.set(owner.uid, new Set([uid]));
      else dependents.add(uid);
    }
  }

  remove(uid: string): void {
    this.#unlink(uid);
    this.#objects.delete(uid);
  }

  dependentsOf(uid: string): readonly OwnedObject[] {
    const found = [...(this.#dependents.get(uid) ?? [])].map((dependent) => this.#objects.get(dependent));
    return found.filter((entry) => entry !== undefined);
  }

  /** Dependents that hold up the deletion of this owner. */
  blockersOf(uid: string): readonly OwnedObject[] {
    return this.dependentsOf(uid).filter(({ object }) =>
      object.metadata.ownerReferences?.some(
        (owner) => owner.uid === uid && owner.blockOwnerDeletion === true,
      ),
    );
  }

  #unlink(uid: string): void {
    for (const owner of this.#objects.get(uid)?.object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}

/** Whether an object waits for its dependents to go first. */
export function waitsForDependents({ metadata }: ApiObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(FOREGROUND);
}

/** Whether an object waits for its dependents to be let go. */
export function orphansDependents({ metadata }: ApiObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(ORPHAN);
}

/** The finalizer of a foreground deletion. */
export const FOREGROUND = 'foregroundDeletion';
/** The finalizer of a deletion that leaves the dependents behind. */
export const ORPHAN = 'orphan';
