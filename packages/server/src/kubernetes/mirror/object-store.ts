import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';

/** Told after each change what an object is and was; undefined where it is not, or was not, there. */
export type ChangeListener = (
  now: KubernetesObject | undefined,
  before: KubernetesObject | undefined,
) => void;

/**
 * The objects of a mirror with indexes by label.
 *
 * 1. An index holds exactly the objects whose label has the value; it is made when a label is first asked for.
 * 2. Listeners are told every change once, after the store holds it; one that throws does not keep the others from being told.
 */
export class ObjectStore {
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #indexes = new Map<string, Map<string, Map<string, KubernetesObject>>>();
  readonly #listeners = new Set<ChangeListener>();
  readonly #onListenerFault: (thrown: unknown) => void;

  constructor(onListenerFault: (thrown: unknown) => void) {
    this.#onListenerFault = onListenerFault;
  }

  get(namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#objects.get(`${namespace ?? ''}/${name}`);
  }

  all(): readonly KubernetesObject[] {
    return [...this.#objects.values()];
  }

  withLabel(label: string, value: string): readonly KubernetesObject[] {
    const index = this.#indexes.get(label) ?? this.#makeIndex(label);
    return [...(index.get(value)?.values() ?? [])];
  }

  onChange(listener: ChangeListener): () => void {
    // A wrapper of its own, so that the same function can be registered twice and taken off once.
    const registered: ChangeListener = (now, before) => listener(now, before);
    this.#listeners.add(registered);
    return () => void this.#listeners.delete(registered);
  }

  /** Holds this object from now on, unless it is the one that is held already. */
  put(object: KubernetesObject): void {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    if (before !== undefined && isSame(before, object)) return;
    if (before !== undefined && before.metadata.uid !== object.metadata.uid) {
      // Another one under the same name: what was there has been deleted, and whoever waits for that is told.
      this.remove(before);
      return this.put(object);
    }
    if (before !== undefined) this.#unindex(key, before);
    this.#objects.set(key, object);
    this.#index(key, object);
    this.#tell(object, before);
  }

  remove(object: KubernetesObject): void {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    if (before === undefined) return;
    this.#objects.delete(key);
    this.#unindex(key, before);
    this.#tell(undefined, before);
  }

  /** Holds exactly these from now on: what is not among them was deleted while nobody looked. */
  replace(objects: readonly KubernetesObject[]): void {
    const present = new Set(objects.map(keyOf));
    for (const [key, object] of [...this.#objects]) if (!present.has(key)) this.remove(object);
    for (const object of objects) this.put(object);
  }

  #makeIndex(label: string): Map<string, Map<string, KubernetesObject>> {
    const index = new Map<string, Map<string, KubernetesObject>>();
    this.#indexes.set(label, index);
    for (const [key, object] of this.#objects) addTo(index, object.metadata.labels?.[label], key, object);
    return index;
  }

  #index(key: string, object: KubernetesObject): void {
    for (const [label, index] of this.#indexes) addTo(index, object.metadata.labels?.[label], key, object);
  }

  #unindex(key: string, object: KubernetesObject): void {
    for (const [label, index] of this.#indexes) {
      const value = object.metadata.labels?.[label];
      if (value === undefined) continue;
      const same = index.get(value);
      same?.delete(key);
      // Values such as hashes come and go for ever.
      if (same?.size === 0) index.delete(value);
    }
  }

  #tell(now: KubernetesObject | undefined, before: KubernetesObject | undefined): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(now, before);
      } catch (thrown) {
        this.#onListenerFault(thrown);
      }
    }
  }
}

function addTo(
  index: Map<string, Map<string, KubernetesObject>>,
  value: string | undefined,
  key: string,
  object: KubernetesObject,
): void {
  if (value === undefined) return;
  const same = index.get(value) ?? new Map<string, KubernetesObject>();
  same.set(key, object);
  index.set(value, same);
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function isSame(a: KubernetesObject, b: KubernetesObject): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}
