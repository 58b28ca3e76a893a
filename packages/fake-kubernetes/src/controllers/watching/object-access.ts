import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ApiAnswer, ApiCaller, ApiRequest } from '../../api/api-caller.ts';
import { type ApiObject, keyOf } from '../objects/api-object.ts';
import { type Place, type Resource, pathOf } from '../objects/resource.ts';
import type { Informers } from './informers.ts';

/** What became of a write: the object as it is now, or the server's refusal. */
export type Written<T> = { readonly ok: true; readonly object: T } | Refused;

/** A refusal of the server. */
export interface Refused {
  readonly ok: false;
  readonly status: number;
  /** Such as `AlreadyExists`, `Conflict`, `NotFound`, `Forbidden`. */
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

/** How an object is removed. */
export interface Removal {
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly uid?: string;
  readonly graceSeconds?: number;
}

const patchTypes = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

/** Writes under the name of one component, and puts what comes back into the copies that all components share. */
export class ObjectAccess {
  readonly #caller: ApiCaller;
  readonly #informers: Informers;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(caller: ApiCaller, informers: Informers, component: string) {
    this.#caller = caller;
    this.#informers = informers;
    this.#headers = { 'user-agent': component };
  }

  create<T extends ApiObject>(resource: Resource<T>, place: Place, body: object): Promise<Written<T>> {
    return this.#write(resource, { method: 'POST', path: pathOf(resource, place), body });
  }

  /** Puts a whole object, or only its status; refused with `Conflict` when it changed meanwhile. */
  replace<T extends ApiObject>(resource: Resource<T>, object: T, subresource?: string): Promise<Written<T>> {
    const place = { ...object.metadata, ...(subresource === undefined ? {} : { subresource }) };
    return this.#write(resource, { method: 'PUT', path: pathOf(resource, place), body: object });
  }

  patch<T extends ApiObject>(
    resource: Resource<T>,
    place: Place,
    body: object,
    type: keyof typeof patchTypes = 'merge',
  ): Promise<Written<T>> {
    const headers = { 'content-type': patchTypes[type] };
    return this.#write(resource, { method: 'PATCH', path: pathOf(resource, place), headers, body });
  }

  /** Merges into a subresource whose answer is of another kind, such as `scale`, and keeps the answer out of the copies. */
  async patchAs(resource: Resource, place: Place, body: object): Promise<Written<unknown>> {
    const headers = { 'content-type': patchTypes.merge };
    const answer = await this.#send({ method: 'PATCH', path: pathOf(resource, place), headers, body });
    return answer.status < 300 ? { ok: true, object: answer.body } : refusalOf(answer);
  }

  /** Sends a POST to a subresource that answers with a Status, such as `binding` and `eviction`. */
  async command(resource: Resource, place: Place, body: object): Promise<Written<unknown>> {
    const answer = await this.#send({ method: 'POST', path: pathOf(resource, place), body });
    return answer.status < 300 ? { ok: true, object: answer.body } : refusalOf(answer);
  }

  /** Puts a body to a subresource that has a form of its own, such as `finalize`. */
  async put(path: string, body: object): Promise<Written<unknown>> {
    const answer = await this.#send({ method: 'PUT', path, body });
    return answer.status < 300 ? { ok: true, object: answer.body } : refusalOf(answer);
  }

  /** Everything of a kind in a namespace as the server has it now; nothing where the kind is not served any more. */
  async list<T extends ApiObject>(resource: Resource<T>, namespace: string): Promise<readonly T[]> {
    const answer = await this.#send({ method: 'GET', path: pathOf(resource, { namespace }) });
    if (answer.status === 404 || answer.status === 405) return [];
    must(answer.status < 300 ? { ok: true, object: answer } : refusalOf(answer), `list ${resource.plural}`);
    return (answer.body as { readonly items: readonly T[] }).items;
  }

  async read<T extends ApiObject>(resource: Resource<T>, place: Place): Promise<Written<T>> {
    return this.#write(resource, { method: 'GET', path: pathOf(resource, place) });
  }

  /** Removes an object; one that is gone already counts as removed. */
  async remove(resource: Resource, object: ApiObject, removal: Removal = {}): Promise<Written<unknown>> {
    const { metadata } = object;
    const answer = await this.#send({
      method: 'DELETE',
      path: pathOf(resource, metadata),
      body: {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions: { uid: removal.uid ?? metadata.uid },
        ...(removal.propagation === undefined ? {} : { propagationPolicy: removal.propagation }),
        ...(removal.graceSeconds === undefined ? {} : { gracePeriodSeconds: removal.graceSeconds }),
      },
    });
    const body = answer.body as ApiObject;
    const isGone = answer.status === 404 || (answer.status < 300 && body.kind === 'Status');
    if (isGone) this.#informers.known(resource)?.forget(keyOf(object), metadata.uid);
    else if (answer.status < 300) this.#informers.known(resource)?.accept(body);
    return isGone || answer.status < 300 ? { ok: true, object: body } : refusalOf(answer);
  }

  async #write<T extends ApiObject>(resource: Resource<T>, request: ApiRequest): Promise<Written<T>> {
    const answer = await this.#send(request);
    if (answer.status >= 300) return refusalOf(answer);
    const object = answer.body as T;
    this.#informers.known(resource)?.accept(object);
    return { ok: true, object };
  }

  #send(request: ApiRequest): Promise<ApiAnswer> {
    return this.#caller.send({ ...request, headers: { ...this.#headers, ...request.headers } });
  }
}

/** The object of a write; a refusal becomes a `SluiceError`, so that the turn ends and is repeated later. */
export function must<T>(written: Written<T>, attempted: string): T {
  if (written.ok) return written.object;
  const { status, retryAfterMs } = written;
  const code = status === 409 ? 'conflict' : status === 404 ? 'not-found' : 'unexpected';
  throw new SluiceError(code, `${attempted}: ${status} ${written.message}`, {
    next: retryAfterMs === undefined ? 'retry' : 'retry-after',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Lets pass what an object that is gone answers: nothing is left to do then. */
export function unlessGone<T>(written: Written<T>, attempted: string): T | undefined {
  if (!written.ok && written.status === 404) return undefined;
  return must(written, attempted);
}

function refusalOf({ status, headers, body }: ApiAnswer): Refused {
  const { reason = '', message = '' } = (body ?? {}) as { reason?: string; message?: string };
  const retryAfter = headers['retry-after'];
  return {
    ok: false,
    status,
    reason,
    message,
    retryAfterMs: retryAfter === undefined ? undefined : Number(retryAfter) * 1000,
  };
}
