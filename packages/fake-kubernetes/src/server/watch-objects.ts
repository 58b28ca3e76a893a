import type { ApiWatchEvent } from '../api/api-caller.ts';
import { type JsonMap, textAt } from '../json/json-tree.ts';
import type { Change } from '../storage/collection.ts';
import type { ResourceCall } from './api-call.ts';
import type { ApiResponse } from './api-response.ts';
import type { ClusterState } from './cluster-state.ts';
import { type Selection, checkListOptions, numberIn, selectionOf, selects } from './list-objects.ts';
import { type ObjectForm, formOf, presentObject } from './present-object.ts';
import { expired, fault, invalidOption, plainError } from './refusal.ts';
import { type ResourceType, apiVersionOf, storageOf } from './resource-type.ts';

/** A real server tells a bookmark about once a minute, and one shortly before it ends a watch. */
const bookmarkEveryMs = 60_000;
const bookmarkBeforeEndMs = 2000;

/** How long a watch lasts when it does not say: a real server takes 30 to 60 minutes. */
const defaultTimeoutSeconds = 3000;

/** Answers a watch. Events are told in the order of their versions, first what is already there where that is wanted. */
export function watchObjects(state: ClusterState, call: ResourceCall): ApiResponse {
  const { query, type } = call;
  const form = formOf(call.headers['accept'], type);
  const initial = initialEvents(query);
  checkListOptions(query, 'ListOptions');
  const version = versionOf(query);
  const timeoutSeconds = numberIn(query, 'timeoutSeconds') || defaultTimeoutSeconds;
  const selection = selectionOf(call);
  const bookmarks = query['allowWatchBookmarks'] === 'true' || query['allowWatchBookmarks'] === '1';
  return {
    kind: 'stream',
    status: 200,
    headers: { 'content-type': 'application/json' },
    start: (onEvent, onEnd) =>
      new Watch({
        state,
        call,
        form,
        selection,
        initial,
        version,
        bookmarks,
        timeoutSeconds,
        onEvent,
        onEnd,
      }).begin(),
  };
}

function initialEvents(query: Readonly<Record<string, string>>): boolean | undefined {
  const text = query['sendInitialEvents'];
  if (text === undefined || text === '') return undefined;
  if (query['resourceVersionMatch'] !== 'NotOlderThan') {
    const why = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    throw invalidOption('ListOptions', fault.forbidden('resourceVersionMatch', why));
  }
  return text === 'true' || text === '1';
}

function versionOf(query: Readonly<Record<string, string>>): number {
  const text = query['resourceVersion'] ?? '';
  if (text === '') return 0;
  if (/^\d+$/.test(text)) return Number(text);
  const why = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw plainError(`resourceVersion: Invalid value: ${JSON.stringify(text)}: ${why}`);
}

interface WatchOptions {
  readonly state: ClusterState;
  readonly call: ResourceCall;
  readonly form: ObjectForm;
  readonly selection: Selection;
  readonly initial: boolean | undefined;
  readonly version: number;
  readonly bookmarks: boolean;
  readonly timeoutSeconds: number;
  readonly onEvent: (event: ApiWatchEvent) => void;
  readonly onEnd: () => void;
}

/** One watch. Owns its timers and its place among the listeners of a collection; both are given back when it ends. */
class Watch {
  readonly #options: WatchOptions;
  readonly #cancels = new Set<() => void>();
  #stop: (() => void) | undefined;
  #ended = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  begin(): () => void {
    const { state, call, version, initial } = this.#options;
    const collection = state.store.collection(storageOf(call.type));
    const fromNow = initial === true || (version === 0 && initial !== false);
    if (!fromNow && version < collection.forgottenUpTo) {
      const oldest = collection.forgottenUpTo;
      this.#tell('ERROR', expired(`too old resource version: ${version} (${oldest})`).body);
      this.#end();
      return () => undefined;
    }
    const behind = fromNow ? [] : collection.changesAfter(version);
    if (fromNow) this.#tellPresent();
    for (const change of behind) this.#consider(change);
    if (initial === true && this.#options.bookmarks)
      this.#bookmark({ annotations: { 'k8s.io/initial-events-end': 'true' } });
    this.#stop = collection.listen((change) => this.#consider(change));
    this.#schedule();
    return () => this.#close();
  }

  #tellPresent(): void {
    const { state, call, selection } = this.#options;
    const within = call.type.namespaced && call.namespace !== '' ? call.namespace : undefined;
    for (const object of state.store.collection(storageOf(call.type)).inOrder(within)) {
      if (selects(selection, object)) this.#tell('ADDED', object);
    }
  }

  #schedule(): void {
    const { bookmarks, timeoutSeconds } = this.#options;
    const endMs = timeoutSeconds * 1000;
    if (bookmarks) {
      this.#repeatBookmark();
      if (endMs > bookmarkBeforeEndMs) this.#after(endMs - bookmarkBeforeEndMs, () => this.#bookmark({}));
    }
    this.#after(endMs, () => this.#end());
  }

  #repeatBookmark(): void {
    this.#after(bookmarkEveryMs, () => {
      this.#bookmark({});
      this.#repeatBookmark();
    });
  }

  #after(delayMs: number, callBack: () => void): void {
    const cancel = this.#options.state.after(delayMs, () => {
      this.#cancels.delete(cancel);
      callBack();
    });
    this.#cancels.add(cancel);
  }

  #consider(change: Change): void {
    const { call, selection, version } = this.#options;
    if (change.version <= version) return;
    const { namespace, type } = call;
    if (type.namespaced && namespace !== '' && !change.key.startsWith(`${namespace}/`)) return;
    const { object, before } = change;
    const was = before !== undefined && selects(selection, before);
    const is = change.type !== 'DELETED' && selects(selection, object);
    if (is) this.#tell(was ? 'MODIFIED' : 'ADDED', object);
    else if (was) this.#tell('DELETED', change.type === 'DELETED' ? object : atVersion(before, object));
  }

  #bookmark(more: JsonMap): void {
    const { state, call, form } = this.#options;
    const metadata = { resourceVersion: String(state.store.version), ...more };
    this.#emit('BOOKMARK', bookmarkObject(call.type, form, metadata));
  }

  #tell(type: ApiWatchEvent['type'], object: JsonMap): void {
    const { call, form, state } = this.#options;
    this.#emit(type, type === 'ERROR' ? object : presentObject(call.type, object, form, state.now()));
  }

  #emit(type: ApiWatchEvent['type'], object: JsonMap): void {
    if (!this.#ended) this.#options.onEvent({ type, object });
  }

  #end(): void {
    if (this.#ended) return;
    this.#close();
    this.#options.onEnd();
  }

  #close(): void {
    this.#ended = true;
    for (const cancel of this.#cancels) cancel();
    this.#stop?.();
  }
}

/** What left the selection is told as it last was in it, under the version of the change. */
function atVersion(before: JsonMap, object: JsonMap): JsonMap {
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion');
  return { ...before, metadata: { ...(before['metadata'] as JsonMap), resourceVersion } };
}

function bookmarkObject(type: ResourceType, form: ObjectForm, metadata: JsonMap): JsonMap {
  if (form.kind === 'metadata')
    return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
  return { kind: type.kind, apiVersion: apiVersionOf(type), metadata };
}
