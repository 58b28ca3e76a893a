import { reasonOf } from '../json/reason-of.ts';
import { setTimeout as wait } from 'node:timers/promises';
import type { ApiRequest, ApiWatchEvent } from '../api/api-caller.ts';
import type { FaultAction, FaultSubject } from '../faults/fault.ts';
import { Faults, refusalOf } from '../faults/faults.ts';
import { isMap, textAt } from '../json/json-tree.ts';
import { type Identity, isWatch, parsePath, verbOf } from '../server/api-call.ts';
import { type Answering, answerCall } from '../server/answer-call.ts';
import { type ApiResponse, type StreamResponse, jsonResponse } from '../server/api-response.ts';
import { Refusal, internalError } from '../server/refusal.ts';

/** What became of a request: an answer, or a connection that broke before or after the request was carried out. */
export type Outcome =
  | { readonly kind: 'answered'; readonly response: ApiResponse }
  | { readonly kind: 'partial'; readonly response: ApiResponse }
  | { readonly kind: 'unreachable' };

/** Answers requests of any transport, and lets go wrong what was ordered to go wrong. */
export class ApiServer {
  readonly faults = new Faults();
  /** Told each request whose user is known, before it is answered. */
  readonly listeners = new Set<(subject: FaultSubject) => void>();
  readonly #answering: Answering;
  readonly #latencyMs: number;
  readonly #cuts = new Set<() => void>();
  #up = true;

  constructor(answering: Answering, latencyMs: number) {
    this.#answering = answering;
    this.#latencyMs = latencyMs;
  }

  /** Whether it can be reached. */
  get up(): boolean {
    return this.#up;
  }

  /** Cannot be reached any more: all watches are cut, every request fails. What is stored stays. */
  goDown(): void {
    this.#up = false;
    for (const cut of [...this.#cuts]) cut();
  }

  /** Can be reached again. */
  comeUp(): void {
    this.#up = true;
  }

  /** Ends all watches, as a server that restarts does. */
  cutWatches(): void {
    for (const cut of [...this.#cuts]) cut();
  }

  /** Answers one request of a user; `identify` throws a refusal when nobody knows them. */
  async answer(request: ApiRequest, identify: () => Identity): Promise<Outcome> {
    if (this.#latencyMs > 0) await wait(this.#latencyMs);
    if (!this.#up) return { kind: 'unreachable' };
    try {
      const user = identify();
      const subject = this.faults.any || this.listeners.size > 0 ? subjectOf(request, user) : undefined;
      if (subject) for (const tell of this.listeners) tell(subject);
      const action = subject && this.faults.take(subject);
      if (subject === undefined || action === undefined)
        return { kind: 'answered', response: await this.#carryOut(request, user) };
      return await this.#misbehave(action, subject, request, user);
    } catch (error) {
      return { kind: 'answered', response: refused(error) };
    }
  }

  async #misbehave(
    action: FaultAction,
    subject: FaultSubject,
    request: ApiRequest,
    user: Identity,
  ): Promise<Outcome> {
    const refusal = refusalOf(action, subject);
    if (refusal !== undefined) throw refusal;
    if (action.kind === 'unreachable') return { kind: 'unreachable' };
    if (action.kind === 'slow') await wait(action.delayMs);
    if (!this.#up) return { kind: 'unreachable' };
    if (action.kind === 'forget-history') this.#answering.state.store.forgetHistory();
    const response = await this.#carryOut(request, user);
    if (action.kind === 'partial') return { kind: 'partial', response };
    if (action.kind === 'cut-watch' && response.kind === 'stream') {
      return { kind: 'answered', response: cutAfter(response, action.afterEvents) };
    }
    return { kind: 'answered', response };
  }

  #carryOut(request: ApiRequest, user: Identity): ApiResponse | Promise<ApiResponse> {
    const { method, path, query = {}, headers = {}, body } = request;
    const response = answerCall(this.#answering, {
      method,
      path,
      query,
      headers: lowerCase(headers),
      body,
      user,
    });
    return 'kind' in response && response.kind === 'stream' ? this.#cuttable(response) : response;
  }

  /** A stream that ends when the server goes down. */
  #cuttable(response: StreamResponse): StreamResponse {
    return {
      ...response,
      start: (onEvent, onEnd) => {
        let stop: () => void = () => undefined;
        const cut = (): void => {
          this.#cuts.delete(cut);
          stop();
          onEnd();
        };
        this.#cuts.add(cut);
        stop = response.start(onEvent, () => {
          this.#cuts.delete(cut);
          onEnd();
        });
        return () => {
          this.#cuts.delete(cut);
          stop();
        };
      },
    };
  }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Whatever was thrown, as an answer; what is no refusal is a bug of the fake and says so. */
export function refused(error: unknown): ApiResponse {
  const refusal = error instanceof Refusal ? error : internalError(`the fake failed: ${reasonOf(error)}`);
  return jsonResponse(refusal.status, refusal.body, refusal.headers);
}

function subjectOf(request: ApiRequest, user: Identity): FaultSubject {
  const { method, path, query = {}, body } = request;
  const { group, resource, subresource, namespace, name } = parsePath(path) ?? {
    group: '',
    resource: path,
    subresource: '',
    namespace: '',
    name: '',
  };
  const verb = verbOf(method, name, isWatch(query)) ?? method.toLowerCase();
  const own = name === '' && isMap(body) ? textAt(body, 'metadata', 'name') : name;
  return { verb, group, resource, subresource, namespace, name: own, user: user.name };
}

function cutAfter(response: StreamResponse, events: number): StreamResponse {
  return {
    ...response,
    start: (onEvent, onEnd) => {
      let told = 0;
      const stop: { now: () => void } = { now: () => undefined };
      const end = (): void => {
        stop.now();
        onEnd();
      };
      const count = (event: ApiWatchEvent): void => {
        if (told >= events) return;
        told += 1;
        onEvent(event);
        if (told >= events) end();
      };
      stop.now = response.start(count, onEnd);
      // What is there at once may have been enough before there was anything to stop.
      if (told >= events) end();
      return stop.now;
    },
  };
}
