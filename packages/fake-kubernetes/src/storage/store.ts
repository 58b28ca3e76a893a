import type { JsonMap } from '../json/json-tree.ts';
import { Collection, keyOf } from './collection.ts';

/** Where versions begin; a real server has written some objects of its own by the time it is asked. */
const firstVersion = 200;

/** All objects of a cluster, by resource, with one version for all. */
export class Store {
  readonly #collections = new Map<string, Collection>();
  readonly #historyLimit: number;
  #version = firstVersion;
  #compactedUpTo = 0;

  constructor(options: { readonly historyLimit: number }) {
    this.#historyLimit = options.historyLimit;
  }

  /** The version of the last write. */
  get version(): number {
    return this.#version;
  }

  /** Lists of versions before this one cannot be told any more, although watches may. */
  get compactedUpTo(): number {
    return this.#compactedUpTo;
  }

  /** The objects of a resource, by `group/resource`. What a definition brings in remembers nothing from before it. */
  collection(resource: string, options: { readonly new?: boolean } = {}): Collection {
    let found = this.#collections.get(resource);
    if (found === undefined) {
      found = new Collection(this.#historyLimit, options.new ? this.#version : 0);
      this.#collections.set(resource, found);
    }
    return found;
  }

  /** Forgets a resource altogether, when its definition goes. */
  drop(resource: string): void {
    this.#collections.delete(resource);
  }

  /** Stores an object under the next version and returns it as stored. */
  put(resource: string, namespace: string, name: string, object: JsonMap): JsonMap {
    const collection = this.collection(resource);
    const key = keyOf(namespace, name);
    const before = collection.objects.get(key);
    const stored = this.#stamped(object);
    const type = before === undefined ? 'ADDED' : 'MODIFIED';
    collection.commit({ version: this.#version, type, key, object: stored, before });
    return stored;
  }

  /** Removes an object and returns it as watches are told it: in its last state, under the next version. */
  remove(resource: string, namespace: string, name: string, last?: JsonMap): JsonMap | undefined {
    const collection = this.collection(resource);
    const key = keyOf(namespace, name);
    const before = collection.objects.get(key);
    if (before === undefined) return undefined;
    const object = this.#stamped(last ?? before);
    collection.commit({ version: this.#version, type: 'DELETED', key, object, before });
    return object;
  }

  /** Forgets the versions of the past, as a compaction does; what watches live on is kept elsewhere and stays. */
  compact(): void {
    this.#compactedUpTo = this.#version;
  }

  /** Drops the history of all resources, so that watches cannot go on from before either. */
  forgetHistory(): void {
    this.compact();
    for (const collection of this.#collections.values()) collection.forget(this.#version);
  }

  #stamped(object: JsonMap): JsonMap {
    this.#version += 1;
    const metadata = { ...(object['metadata'] as JsonMap), resourceVersion: String(this.#version) };
    return { ...object, metadata };
  }
}
