import type { JsonMap } from '../json/json-tree.ts';

/** One write, as watches tell it. */
export interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly key: string;
  readonly object: JsonMap;
  /** What it was before; absent for what is new. */
  readonly before: JsonMap | undefined;
}

/** Where one object lies: `namespace/name`, or `/name` for objects of the whole cluster. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/**
 * The objects of one resource and the changes that are still remembered. Objects are never changed in place.
 *
 * Invariants: 1. versions in the log rise; 2. every change after `forgottenUpTo` is in the log; 3. `sorted` lists exactly the keys.
 */
export class Collection {
  readonly objects = new Map<string, JsonMap>();
  readonly #historyLimit: number;
  readonly #listeners = new Set<(change: Change) => void>();
  #log: Change[] = [];
  #sorted: string[] | undefined = [];
  #forgottenUpTo: number;

  constructor(historyLimit: number, forgottenUpTo: number) {
    this.#historyLimit = historyLimit;
    this.#forgottenUpTo = forgottenUpTo;
  }

  /** Changes up to this version cannot be told any more. */
  get forgottenUpTo(): number {
    return this.#forgottenUpTo;
  }

  /** Stores a change and tells it to everybody who listens. */
  commit(change: Change): void {
    const { key, object, type } = change;
    if (type === 'DELETED') this.objects.delete(key);
    else this.objects.set(key, object);
    if (type !== 'MODIFIED') this.#sorted = undefined;
    this.#log.push(change);
    if (this.#log.length > 2 * this.#historyLimit) this.forget(this.#log[this.#historyLimit]?.version ?? 0);
    for (const listener of this.#listeners) listener(change);
  }

  /** Calls back at once with every change; returns how to stop that. */
  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Drops all changes up to a version. */
  forget(version: number): void {
    this.#log = this.#log.filter((change) => change.version > version);
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, version);
  }

  /** Every change after a version; only where `forgottenUpTo` allows it. */
  changesAfter(version: number): readonly Change[] {
    let at = this.#log.length;
    while (at > 0 && (this.#log[at - 1]?.version ?? 0) > version) at -= 1;
    return this.#log.slice(at);
  }

  /** The objects in the order of their keys, within one namespace where one is named. */
  inOrder(namespace: string | undefined): JsonMap[] {
    this.#sorted ??= [...this.objects.keys()].sort();
    const keys = this.#sorted;
    const start = namespace === undefined ? 0 : firstNotBelow(keys, `${namespace}/`);
    const found: JsonMap[] = [];
    for (let at = start; at < keys.length; at += 1) {
      const key = keys[at] ?? '';
      if (namespace !== undefined && !key.startsWith(`${namespace}/`)) break;
      const object = this.objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  /** The objects as they were at a version that is still remembered, in the order of their keys. */
  at(version: number, namespace: string | undefined): JsonMap[] {
    const later = this.changesAfter(version);
    if (later.length === 0) return this.inOrder(namespace);
    const past = new Map(this.objects);
    for (const change of [...later].reverse()) {
      if (change.before === undefined) past.delete(change.key);
      else past.set(change.key, change.before);
    }
    const keys = [...past.keys()]
      .filter((key) => namespace === undefined || key.startsWith(`${namespace}/`))
      .sort();
    return keys.map((key) => past.get(key)).filter((object) => object !== undefined);
  }
}

function firstNotBelow(sorted: readonly string[], wanted: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
