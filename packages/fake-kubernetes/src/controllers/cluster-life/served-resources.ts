import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ApiCaller } from '../../api/api-caller.ts';
import type { Resource } from '../objects/resource.ts';

interface ResourceEntry {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** A kind as the API server offers it. */
export interface ServedResource extends Resource {
  readonly verbs: readonly string[];
}

/** Which kinds the API server offers, asked anew when somebody says that this has changed. */
export class ServedResources {
  readonly #caller: ApiCaller;
  #known: Promise<readonly ServedResource[]> | undefined;

  constructor(caller: ApiCaller) {
    this.#caller = caller;
  }

  /** Forgets what is known, because a definition came or went. */
  renew(): void {
    this.#known = undefined;
  }

  /** Kinds in their preferred version only, so that each object is found once. */
  all(): Promise<readonly ServedResource[]> {
    this.#known ??= this.#ask().catch((thrown: unknown) => {
      this.#known = undefined;
      throw thrown;
    });
    return this.#known;
  }

  /** Kinds whose objects live in namespaces and can be deleted. */
  async deletable(): Promise<readonly ServedResource[]> {
    const all = await this.all();
    return all.filter(
      ({ namespaced, verbs }) => namespaced && verbs.includes('delete') && verbs.includes('list'),
    );
  }

  /** Kinds that can be followed and deleted, which is what the garbage collector needs. */
  async collectable(): Promise<readonly ServedResource[]> {
    const all = await this.all();
    return all.filter(({ verbs }) => ['list', 'watch', 'delete'].every((verb) => verbs.includes(verb)));
  }

  async #ask(): Promise<readonly ServedResource[]> {
    const groups = (await this.#get('/apis')) as {
      groups: readonly { name: string; preferredVersion: { version: string } }[];
    };
    const core = await this.#resources('', 'v1');
    const others = await Promise.all(
      groups.groups.map(({ name, preferredVersion }) => this.#resources(name, preferredVersion.version)),
    );
    return [...core, ...others.flat()];
  }

  async #resources(group: string, version: string): Promise<readonly ServedResource[]> {
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const { resources } = (await this.#get(path)) as { resources: readonly ResourceEntry[] };
    return resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, kind, namespaced, verbs }) => ({
        group,
        version,
        plural: name,
        kind,
        namespaced,
        verbs,
      }));
  }

  async #get(path: string): Promise<unknown> {
    const answer = await this.#caller.send({ method: 'GET', path });
    if (answer.status === 200) return answer.body;
    throw new SluiceError('unexpected', `GET ${path}: ${answer.status}`, { next: 'retry' });
  }
}
