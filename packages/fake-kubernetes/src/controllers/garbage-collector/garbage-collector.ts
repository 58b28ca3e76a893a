import type { ServedResource, ServedResources } from '../cluster-life/served-resources.ts';
import type { ApiObject, Owner } from '../objects/api-object.ts';
import { type Resource, identityOf } from '../objects/resource.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import type { Informers } from '../watching/informers.ts';
import { type ObjectAccess, unlessGone } from '../watching/object-access.ts';
import {
  FOREGROUND,
  ORPHAN,
  type OwnedObject,
  OwnerGraph,
  orphansDependents,
  waitsForDependents,
} from './owner-graph.ts';

const DEFINITIONS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

/** Events own nothing, are owned by nothing, and are many. */
const ignored = new Set(['/v1/events', 'events.k8s.io/v1/events']);

/**
 * Removes what belongs to nobody any more, in the background or before its owner, and lets go what is to be left behind.
 * It follows every kind that is served, also those of definitions that come later.
 */
export function garbageCollector(tools: ControllerTools, served: ServedResources): Controller {
  const collector = new Collector(tools, served);
  return { stop: () => collector.stop() };
}

class Collector {
  readonly #graph = new OwnerGraph();
  readonly #informers: Informers;
  readonly #access: ObjectAccess;
  readonly #served: ServedResources;
  readonly #loop: ControlLoop;
  readonly #kinds: ControlLoop;
  readonly #followed = new Map<string, { readonly resource: ServedResource; readonly end: () => void }>();
  readonly #endOfDefinitions: () => void;
  /** Owners that were looked for and are not there. */
  readonly #absent = new Set<string>();

  constructor({ informers, clock, accessAs }: ControllerTools, served: ServedResources) {
    this.#informers = informers;
    this.#access = accessAs('kube-controller-manager');
    this.#served = served;
    this.#loop = new ControlLoop(clock, (uid) => this.#turn(uid));
    this.#kinds = new ControlLoop(clock, () => this.#followKinds());
    this.#endOfDefinitions = informers.of(DEFINITIONS).onChange((now, before) => {
      const isNews = now === undefined || before === undefined || isServed(now) !== isServed(before);
      if (!isNews) return;
      served.renew();
      this.#kinds.add('kinds');
    });
    this.#kinds.add('kinds');
  }

  async stop(): Promise<void> {
    this.#endOfDefinitions();
    await this.#kinds.stop();
    for (const { end } of this.#followed.values()) end();
    await this.#loop.stop();
  }

  async #followKinds(): Promise<undefined> {
    const resources = await this.#served.collectable();
    const wanted = new Map(resources.map((resource) => [identityOf(resource), resource]));
    for (const identity of ignored) wanted.delete(identity);
    for (const [identity, { resource, end }] of this.#followed) {
      if (wanted.has(identity)) continue;
      end();
      this.#informers.drop(resource);
      this.#followed.delete(identity);
    }
    for (const [identity, resource] of wanted) {
      if (this.#followed.has(identity)) continue;
      const end = this.#informers.of(resource).onChange((now, before) => this.#note(resource, now, before));
      this.#followed.set(identity, { resource, end });
    }
  }

  #note(resource: ServedResource, now: ApiObject | undefined, before: ApiObject | undefined): void {
    if (now === undefined) {
      if (before !== undefined) this.#noteEnd(before);
      return;
    }
    const { uid, ownerReferences = [] } = now.metadata;
    this.#graph.put({ resource, object: now });
    if (waitsForDependents(now) || orphansDependents(now)) this.#loop.add(uid);
    const hasNewOwners = before === undefined || before.metadata.ownerReferences !== ownerReferences;
    if (hasNewOwners && ownerReferences.some((owner) => this.#graph.get(owner.uid) === undefined))
      this.#loop.add(uid);
    // A dependent that stopped blocking may have been the last one.
    if (before !== undefined) this.#lookAtWaitingOwners(before);
  }

  #noteEnd(object: ApiObject): void {
    const { uid } = object.metadata;
    this.#graph.remove(uid);
    this.#absent.delete(uid);
    for (const dependent of this.#graph.dependentsOf(uid)) this.#loop.add(dependent.object.metadata.uid);
    this.#lookAtWaitingOwners(object);
  }

  #lookAtWaitingOwners({ metadata }: ApiObject): void {
    for (const { uid } of metadata.ownerReferences ?? []) {
      const owner = this.#graph.get(uid);
      if (owner !== undefined && waitsForDependents(owner.object)) this.#loop.add(uid);
    }
  }

  async #turn(uid: string): Promise<undefined> {
    const entry = this.#graph.get(uid);
    if (entry === undefined) return;
    if (orphansDependents(entry.object)) return this.#letGo(entry);
    if (waitsForDependents(entry.object)) return this.#removeDependentsFirst(entry);
    if (entry.object.metadata.deletionTimestamp === undefined) return this.#removeIfOwnerless(entry);
  }

  async #letGo(entry: OwnedObject): Promise<undefined> {
    const { uid } = entry.object.metadata;
    for (const dependent of this.#graph.dependentsOf(uid)) await this.#dropOwners(dependent, new Set([uid]));
    await this.#dropFinalizer(entry, ORPHAN);
  }

  async #removeDependentsFirst(entry: OwnedObject): Promise<undefined> {
    const { uid } = entry.object.metadata;
    if (this.#graph.blockersOf(uid).length === 0) return this.#dropFinalizer(entry, FOREGROUND);
    for (const { object } of this.#graph.dependentsOf(uid)) {
      if (object.metadata.deletionTimestamp === undefined) this.#loop.add(object.metadata.uid);
    }
  }

  async #removeIfOwnerless(entry: OwnedObject): Promise<undefined> {
    const { ownerReferences = [], uid } = entry.object.metadata;
    if (ownerReferences.length === 0) return;
    const gone = new Set<string>();
    let isAwaited = false;
    for (const owner of ownerReferences) {
      const state = await this.#stateOf(owner, entry.object);
      if (state !== 'there') gone.add(owner.uid);
      if (state === 'waiting') isAwaited = true;
    }
    if (gone.size === 0) return;
    if (gone.size < ownerReferences.length) return this.#dropOwners(entry, gone);
    const hasOwn = this.#graph.dependentsOf(uid).length > 0;
    const propagation = isAwaited && hasOwn ? 'Foreground' : 'Background';
    const written = await this.#access.remove(entry.resource, entry.object, { propagation });
    if (!written.ok && written.status !== 409) unlessGone(written, `remove ${nameOf(entry)}`);
  }

  async #stateOf(owner: Owner, dependent: ApiObject): Promise<'there' | 'absent' | 'waiting'> {
    const known = this.#graph.get(owner.uid);
    if (known !== undefined)
      return waitsForDependents(known.object) && owner.blockOwnerDeletion === true ? 'waiting' : 'there';
    if (this.#absent.has(owner.uid)) return 'absent';
    const resource = await this.#resourceOf(owner);
    // A kind that is not served says nothing about its objects.
    if (resource === undefined) return 'there';
    const place = { namespace: dependent.metadata.namespace, name: owner.name };
    const found = unlessGone(
      await this.#access.read(resource, place),
      `look for ${owner.kind} ${owner.name}`,
    );
    if (found?.metadata.uid === owner.uid) return 'there';
    this.#remember(owner.uid);
    return 'absent';
  }

  #remember(uid: string): void {
    if (this.#absent.size >= MOST_ABSENT) this.#absent.clear();
    this.#absent.add(uid);
  }

  async #resourceOf({ apiVersion, kind }: Owner): Promise<ServedResource | undefined> {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const all = await this.#served.all();
    return all.find((resource) => resource.group === group && resource.kind === kind);
  }

  async #dropOwners({ resource, object }: OwnedObject, gone: ReadonlySet<string>): Promise<undefined> {
    const left = (object.metadata.ownerReferences ?? []).filter(({ uid }) => !gone.has(uid));
    const { uid } = object.metadata;
    const body = { metadata: { uid, ownerReferences: left.length === 0 ? null : left } };
    unlessGone(await this.#access.patch(resource, object.metadata, body), `free ${object.metadata.name}`);
  }

  async #dropFinalizer({ resource, object }: OwnedObject, finalizer: string): Promise<undefined> {
    const { resourceVersion, finalizers = [] } = object.metadata;
    const body = { metadata: { resourceVersion, finalizers: finalizers.filter((one) => one !== finalizer) } };
    unlessGone(await this.#access.patch(resource, object.metadata, body), `finish ${object.metadata.name}`);
  }
}

/** More than a test makes; forgetting only costs a question to the server. */
const MOST_ABSENT = 10_000;

function isServed(definition: ApiObject): string {
  const { spec, status } = definition as ApiObject & {
    readonly spec?: object;
    readonly status?: StatusOfDefinition;
  };
  const established = status?.conditions?.find(({ type }) => type === 'Established')?.status;
  return JSON.stringify([established, spec]);
}

interface StatusOfDefinition {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

function nameOf({ resource, object }: OwnedObject): string {
  return `${resource.plural} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}
