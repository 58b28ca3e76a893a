import type { ApiCaller, ApiWatchEvent } from '../../api/api-caller.ts';
import { type ApiObject, keyOf } from '../objects/api-object.ts';
import { type Resource, pathOf } from '../objects/resource.ts';
import type { Clock } from './clock.ts';

/** Hears of every change: what an object is now (undefined: gone) and what it was (undefined: new). */
export type ChangeListener<T> = (now: T | undefined, before: T | undefined) => void;

/** Under which words an object is to be found again. */
export type IndexWords<T> = (object: T) => readonly string[];

/**
 * A copy of all objects of one kind, kept by one list and one watch.
 *
 * 1. An older version never replaces a newer one of the same object.
 * 2. What was seen to be gone does not come back under the same uid.
 * 3. Whoever writes puts the answer in (`accept`, `forget`), so that a controller always sees its own writes and needs no
 *    book of what it expects; the event that follows says nothing new and is not told again.
 * 4. A cut watch goes on where it was; when the server has forgotten that version, everything is listed again.
 */
export class Informer<T extends ApiObject> {
  readonly synced: Promise<void>;
  readonly #caller: ApiCaller;
  readonly #clock: Clock;
  readonly #resource: Resource<T>;
  readonly #objects = new Map<string, T>();
  readonly #listeners = new Set<ChangeListener<T>>();
  readonly #indexes = new Map<string, { words: IndexWords<T>; found: Map<string, Map<string, T>> }>();
  readonly #gone = new Set<string>();
  #version = '';
  #stopped = false;
  #isComplete = false;
  #failures = 0;
  #close: () => void = () => undefined;
  #becomeSynced: () => void = () => undefined;

  constructor(caller: ApiCaller, resource: Resource<T>, clock: Clock) {
    this.#caller = caller;
    this.#resource = resource;
    this.#clock = clock;
    this.synced = new Promise((resolve) => {
      this.#becomeSynced = resolve;
    });
    void this.#follow();
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(`${namespace ?? ''}/${name}`);
  }

  byKey(key: string): T | undefined {
    return this.#objects.get(key);
  }

  all(): Iterable<T> {
    return this.#objects.values();
  }

  /** Whether a complete list was seen, so that what is not here is not there. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Keeps an index from now on; asking twice for one name keeps the first. */
  addIndex(name: string, words: IndexWords<T>): void {
    if (this.#indexes.has(name)) return;
    const index = { words, found: new Map<string, Map<string, T>>() };
    this.#indexes.set(name, index);
    for (const object of this.#objects.values()) enter(index.found, words(object), object);
  }

  /** The objects under one word of an index. */
  indexed(name: string, word: string): readonly T[] {
    const found = this.#indexes.get(name)?.found.get(word);
    return found === undefined ? [] : [...found.values()];
  }

  /** How many objects lie under one word of an index. */
  indexedCount(name: string, word: string): number {
    return this.#indexes.get(name)?.found.get(word)?.size ?? 0;
  }

  /** Tells of all that is there and then of every change; the function that comes back ends it. */
  onChange(listener: ChangeListener<T>): () => void {
    for (const object of [...this.#objects.values()]) listener(object, undefined);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts in what a write answered. */
  accept(object: T): void {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    if (this.#gone.has(object.metadata.uid)) return;
    if (before !== undefined && versionOf(before) >= versionOf(object)) return;
    this.#put(key, object, before);
  }

  /** Takes out what a write removed. */
  forget(key: string, uid: string): void {
    this.#bury(uid);
    const before = this.#objects.get(key);
    if (before === undefined || before.metadata.uid !== uid) return;
    this.#put(key, undefined, before);
  }

  stop(): void {
    this.#stopped = true;
    this.#close();
  }

  async #follow(): Promise<void> {
    while (!this.#stopped) {
      const again = await this.#listAndWatch().catch(() => 'later' as const);
      // A server that is away is asked again, at first at once and then ever more slowly.
      if (again === 'later' && !this.#stopped) await this.#pause();
    }
  }

  async #listAndWatch(): Promise<'at-once' | 'later'> {
    if (this.#version === '' && !(await this.#list())) return 'later';
    const query = { resourceVersion: this.#version, allowWatchBookmarks: 'true' };
    let forgotten = false;
    const watch = await this.#caller.watch(
      { method: 'GET', path: pathOf(this.#resource), query },
      (event) => {
        if (event.type === 'ERROR') forgotten = true;
        else this.#take(event);
      },
    );
    if (watch.status !== 200) {
      this.#version = '';
      return watch.status === 410 ? 'at-once' : 'later';
    }
    this.#failures = 0;
    this.#close = () => watch.close();
    if (this.#stopped) watch.close();
    await watch.ended;
    if (forgotten) this.#version = '';
    return 'later';
  }

  async #list(): Promise<boolean> {
    const answer = await this.#caller.send({ method: 'GET', path: pathOf(this.#resource) });
    if (answer.status !== 200) return false;
    const { metadata, items } = answer.body as { metadata: { resourceVersion: string }; items: readonly T[] };
    const { kind, group, version } = this.#resource;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    // Items of a list do not say what they are.
    this.#replaceAll(
      items.map((item) => ({ ...item, apiVersion, kind })),
      Number(metadata.resourceVersion),
    );
    this.#version = metadata.resourceVersion;
    this.#isComplete = true;
    this.#becomeSynced();
    return true;
  }

  #replaceAll(items: readonly T[], version: number): void {
    const keys = new Set(items.map(keyOf));
    for (const [key, object] of [...this.#objects]) {
      if (!keys.has(key) && versionOf(object) <= version) this.forget(key, object.metadata.uid);
    }
    for (const item of items) this.#arrive(item);
  }

  #take(event: ApiWatchEvent): void {
    const object = event.object as T;
    this.#version = object.metadata.resourceVersion;
    if (event.type === 'BOOKMARK') return;
    if (event.type === 'DELETED') this.forget(keyOf(object), object.metadata.uid);
    else this.#arrive(object);
  }

  /** Another object under the same key means that its predecessor is gone. */
  #arrive(object: T): void {
    const before = this.#objects.get(keyOf(object));
    if (before !== undefined && before.metadata.uid !== object.metadata.uid) {
      if (versionOf(before) > versionOf(object)) return;
      this.forget(keyOf(before), before.metadata.uid);
    }
    this.accept(object);
  }

  #put(key: string, object: T | undefined, before: T | undefined): void {
    if (object === undefined) this.#objects.delete(key);
    else this.#objects.set(key, object);
    for (const { words, found } of this.#indexes.values()) {
      if (before !== undefined) leave(found, words(before), key);
      if (object !== undefined) enter(found, words(object), object);
    }
    for (const listener of this.#listeners) listener(object, before);
  }

  #bury(uid: string): void {
    this.#gone.add(uid);
    if (this.#gone.size <= MOST_GRAVES) return;
    for (const oldest of this.#gone) {
      this.#gone.delete(oldest);
      break;
    }
  }

  #pause(): Promise<void> {
    const delayMs = Math.min(SLOWEST_RETRY_MS, this.#failures === 0 ? 0 : 10 * 2 ** this.#failures);
    this.#failures += 1;
    return new Promise((resolve) => {
      const cancel = this.#clock.after(delayMs, resolve);
      this.#close = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** Far more than events can be on their way for. */
const MOST_GRAVES = 20_000;

const SLOWEST_RETRY_MS = 1000;

function versionOf({ metadata }: ApiObject): number {
  return Number(metadata.resourceVersion);
}

function enter<T extends ApiObject>(
  found: Map<string, Map<string, T>>,
  words: readonly string[],
  object: T,
): void {
  const key = keyOf(object);
  for (const word of words) {
    const under = found.get(word);
    if (under === undefined) found.set(word, new Map([[key, object]]));
    else under.set(key, object);
  }
}

function leave<T>(found: Map<string, Map<string, T>>, words: readonly string[], key: string): void {
  for (const word of words) {
    const under = found.get(word);
    under?.delete(key);
    if (under?.size === 0) found.delete(word);
  }
}
