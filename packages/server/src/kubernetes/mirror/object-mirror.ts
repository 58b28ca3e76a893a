import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { Mirror, ObjectSelection } from '../cluster-client.ts';
import { clusterRefusalOf } from '../failures/cluster-refusal.ts';
import type { ListObjects } from '../objects/object-pages.ts';
import { saySelection } from '../objects/object-path.ts';
import { type MirrorPace, retryWaitMs } from './mirror-pace.ts';
import { type ChangeListener, ObjectStore } from './object-store.ts';
import { type WatchListSupport, noInitialEvents, refusesInitialEvents } from './watch-list-support.ts';
import type { WatchEvent, WatchStart, WatchStream } from './watch-stream.ts';

/** Marks the bookmark after the last of the initial events. */
const initialEventsEnd = 'k8s.io/initial-events-end';

/** What a mirror is made of. */
export interface MirrorParts {
  readonly selection: ObjectSelection;
  readonly list: ListObjects;
  readonly watch: (selection: ObjectSelection, start: WatchStart) => Promise<WatchStream>;
  readonly watchLists: WatchListSupport;
  readonly slim: (object: KubernetesObject) => KubernetesObject;
  readonly pace: MirrorPace;
  readonly now: () => number;
  readonly random: () => number;
  readonly log: (level: 'debug' | 'warn' | 'error', message: string, fields: Record<string, unknown>) => void;
}

/**
 * Keeps a copy of a selection up to date for as long as it is not closed.
 *
 * 1. The copy is complete as of one version of the server's store, or it is not synced yet.
 * 2. What is missed while no watch is open is told as changes when the copy is made anew; a deletion is never swallowed.
 * 3. `stale` is null from a complete copy, or a watch that goes on after one, until a try has failed.
 * 4. Whatever fails is tried again, with growing waits, until it is closed.
 */
export class ObjectMirror implements Mirror {
  readonly synced: Promise<void>;
  readonly #parts: MirrorParts;
  readonly #store: ObjectStore;
  readonly #closing = new AbortController();
  readonly #settle: { resolve: () => void; reject: (reason: SluiceError) => void };
  #stale: { readonly since: number; readonly reason: string } | null;
  /** After this the next watch goes on; undefined where all has to be read anew. */
  #version: string | undefined;
  #stream: WatchStream | undefined;
  #openedAt: number | undefined;

  constructor(parts: MirrorParts) {
    this.#parts = parts;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#settle = { resolve, reject };
    // Whoever awaits it still sees the rejection; nobody has to.
    promise.catch(() => undefined);
    this.#stale = { since: parts.now(), reason: 'nothing was read yet' };
    this.#store = new ObjectStore((thrown) => this.#log('error', 'a listener to a mirror failed', thrown));
    void this.#run();
  }

  get stale(): { readonly since: number; readonly reason: string } | null {
    return this.#stale;
  }

  get(namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#store.get(namespace, name);
  }

  withLabel(label: string, value: string): readonly KubernetesObject[] {
    return this.#store.withLabel(label, value);
  }

  all(): readonly KubernetesObject[] {
    return this.#store.all();
  }

  onChange(listener: ChangeListener): () => void {
    return this.#store.onChange(listener);
  }

  /** Stops following; what is held stays readable. */
  close(): void {
    const reason = new SluiceError(
      'unexpected',
      `the mirror of ${saySelection(this.#parts.selection)} was closed before it was complete`,
      { next: 'stop' },
    );
    this.#closing.abort(reason);
    this.#stream?.abort(reason);
    this.#settle.reject(reason);
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#isClosed) {
      this.#openedAt = undefined;
      const failure = await this.#followOnce();
      if (this.#isClosed) return;
      const startsAnew = failure !== undefined && this.#mayStartAnew(failure);
      failures = startsAnew || this.#lastedLong() ? 0 : failures + 1;
      if (failure !== undefined) this.#fall(failure, failures);
      await this.#pause(failures, failure);
    }
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** One watch, from its opening to its end; what failed is returned. */
  async #followOnce(): Promise<SluiceError | undefined> {
    try {
      await this.#follow();
      return undefined;
    } catch (thrown) {
      return SluiceError.from(thrown, `follow ${saySelection(this.#parts.selection)}`);
    } finally {
      this.#stream = undefined;
    }
  }

  async #follow(): Promise<void> {
    const { selection, watchLists } = this.#parts;
    if (this.#version === undefined && watchLists.usable(selection.apiVersion)) {
      const stream = await this.#open('with-initial-events');
      return this.#copyThenFollow(stream);
    }
    const version = this.#version ?? (await this.#copyByList());
    const stream = await this.#open({ version });
    this.#stale = null;
    for await (const event of stream.events) this.#take(event);
  }

  async #open(start: WatchStart): Promise<WatchStream> {
    const stream = await this.#parts.watch(this.#parts.selection, start);
    this.#stream = stream;
    this.#openedAt = this.#parts.now();
    if (this.#isClosed) stream.abort(this.#closing.signal.reason as SluiceError);
    return stream;
  }

  async #copyByList(): Promise<string> {
    const { list, selection, slim } = this.#parts;
    const { objects, version } = await list(selection, slim);
    this.#complete(objects, version);
    return version;
  }

  async #copyThenFollow(stream: WatchStream): Promise<void> {
    const { slim, pace } = this.#parts;
    const found = new Map<string, KubernetesObject>();
    let complete = false;
    const silence = setTimeout(() => stream.abort(noInitialEvents('silence')), pace.initialSilenceMs);
    try {
      for await (const event of stream.events) {
        if (complete) {
          this.#take(event);
          continue;
        }
        silence.refresh();
        if (event.type !== 'BOOKMARK') {
          gather(found, event, slim);
          continue;
        }
        if (event.object.metadata.annotations?.[initialEventsEnd] !== 'true')
          throw noInitialEvents('bookmark');
        clearTimeout(silence);
        complete = true;
        this.#complete([...found.values()], versionOf(event));
        found.clear();
      }
    } finally {
      clearTimeout(silence);
      // Leaving the loop early leaves the answer open.
      stream.abort(new SluiceError('unexpected', 'the watch has ended', { next: 'stop' }));
    }
  }

  #complete(objects: readonly KubernetesObject[], version: string | undefined): void {
    this.#store.replace(objects);
    this.#version = version;
    this.#stale = null;
    this.#settle.resolve();
  }

  #take(event: WatchEvent): void {
    this.#version = versionOf(event) ?? this.#version;
    if (event.type === 'BOOKMARK') return;
    if (event.type === 'DELETED') this.#store.remove(event.object);
    else this.#store.put(this.#parts.slim(event.object));
  }

  #lastedLong(): boolean {
    const { now, pace } = this.#parts;
    return this.#openedAt !== undefined && now() - this.#openedAt >= pace.shortWatchMs;
  }

  /** Forgets what made the try fail; true where the next try is another one and need not wait. */
  #mayStartAnew(failure: SluiceError): boolean {
    const { selection, watchLists } = this.#parts;
    if (clusterRefusalOf(failure)?.reason === 'expired') {
      const wasFollowing = this.#version !== undefined;
      this.#version = undefined;
      return wasFollowing;
    }
    // A version that the server cannot read, as after its store was replaced, would be refused for ever.
    if (this.#version !== undefined && clusterRefusalOf(failure)?.reason === 'invalid')
      this.#version = undefined;
    const triedInitialEvents = this.#version === undefined && watchLists.usable(selection.apiVersion);
    if (!triedInitialEvents || !refusesInitialEvents(failure)) return false;
    watchLists.giveUp(selection.apiVersion);
    return true;
  }

  #fall(failure: SluiceError, failures: number): void {
    // The first cut after a while is mended at once and not worth a word.
    if (failures === 0) return this.#log('debug', 'a watch ended and is opened again', failure);
    this.#log(this.#stale === null ? 'warn' : 'debug', 'a mirror cannot follow', failure);
    this.#stale = { since: this.#stale?.since ?? this.#parts.now(), reason: failure.message };
  }

  async #pause(failures: number, failure: SluiceError | undefined): Promise<void> {
    const { pace, random } = this.#parts;
    const wishedMs = Math.min(failure?.retryAfterMs ?? 0, pace.longestRetryMs);
    const waitMs = Math.max(retryWaitMs(pace, failures, random), wishedMs);
    if (waitMs === 0) return;
    await sleep(waitMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }

  #log(level: 'debug' | 'warn' | 'error', message: string, thrown: unknown): void {
    const { selection, log } = this.#parts;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    log(level, message, { selection: saySelection(selection), reason });
  }
}

function gather(
  found: Map<string, KubernetesObject>,
  { type, object }: WatchEvent,
  slim: (object: KubernetesObject) => KubernetesObject,
): void {
  const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  if (type === 'DELETED') found.delete(key);
  else found.set(key, slim(object));
}

function versionOf({ object }: WatchEvent): string | undefined {
  return object.metadata.resourceVersion;
}
