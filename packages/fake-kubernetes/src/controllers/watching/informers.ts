import type { ApiCaller } from '../../api/api-caller.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { type Resource, identityOf } from '../objects/resource.ts';
import type { Clock } from './clock.ts';
import { Informer } from './informer.ts';

/** The copies that all controllers share: one list and one watch per kind, opened when the first one asks. */
export class Informers {
  readonly #caller: ApiCaller;
  readonly #clock: Clock;
  readonly #byResource = new Map<string, Informer<ApiObject>>();

  constructor(caller: ApiCaller, clock: Clock) {
    this.#caller = caller;
    this.#clock = clock;
  }

  of<T extends ApiObject>(resource: Resource<T>): Informer<T> {
    const known = this.known(resource);
    if (known !== undefined) return known;
    const informer = new Informer<T>(this.#caller, resource, this.#clock);
    this.#byResource.set(identityOf(resource), informer as unknown as Informer<ApiObject>);
    return informer;
  }

  /** The copy of a kind, if anybody asked for it. */
  known<T extends ApiObject>(resource: Resource<T>): Informer<T> | undefined {
    // What lies under the identity of a resource was made from it, or from its equal.
    return this.#byResource.get(identityOf(resource)) as unknown as Informer<T> | undefined;
  }

  /** Stops following a kind, such as one whose definition was deleted. */
  drop(resource: Resource): void {
    this.known(resource)?.stop();
    this.#byResource.delete(identityOf(resource));
  }

  /** Resolves when every copy that was asked for holds a complete list. */
  async synced(): Promise<void> {
    await Promise.all([...this.#byResource.values()].map((informer) => informer.synced));
  }

  stop(): void {
    for (const informer of this.#byResource.values()) informer.stop();
  }
}
