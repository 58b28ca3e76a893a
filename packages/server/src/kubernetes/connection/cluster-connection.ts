import type { Readable } from 'node:stream';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Dispatcher } from 'undici';
import type { AccessNow, ClusterAccess } from '../credentials/cluster-access.ts';
import { connectionFailure, lateFailure } from '../failures/connection-failure.ts';
import type { Attempt } from '../failures/refusal-failure.ts';
import type { ApiCallCount, ApiReply, ApiRequest } from './api-request.ts';
import { DispatcherSource } from './dispatchers.ts';

/** Longest answer that is read where nothing else is said, in bytes: a page of 500 large objects stays far below. */
const longestReplyBytes = 64 * 1024 * 1024;

/** What a connection is made of. */
export interface ConnectionParts {
  readonly name: string;
  readonly access: ClusterAccess;
  /** How long one try may take, in ms. */
  readonly requestTimeoutMs: number;
  readonly onCall: (count: ApiCallCount) => void;
  readonly now: () => number;
}

/** An answer whose end is not awaited. */
export interface OpenReply {
  readonly status: number;
  readonly body: Readable;
  readonly retryAfter: string | undefined;
  /** Ends it; reading the body then fails. */
  abort(reason: unknown): void;
}

/**
 * Speaks HTTP with one API server. It adds credentials, renews them once when they are refused, and turns everything that
 * keeps a request from being answered into a `SluiceError`; an answer of any status is an answer.
 *
 * Owns the connections and the requests under way: `close` ends all of them.
 */
export class ClusterConnection {
  readonly #parts: ConnectionParts;
  readonly #dispatchers: DispatcherSource;
  readonly #running = new Set<AbortController>();
  readonly #base: URL;
  #closed = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#base = baseOf(parts);
    this.#dispatchers = new DispatcherSource(parts.access.proxy);
  }

  /** Where a request is tried, for messages. */
  attempt(action: string): Attempt {
    return { action, cluster: this.#parts.name, origin: this.#parts.access.origin };
  }

  /** Sends one request and reads the whole answer. */
  async send(request: ApiRequest): Promise<ApiReply> {
    const timeoutMs = request.timeoutMs ?? this.#parts.requestTimeoutMs;
    const none = (): void => undefined;
    return this.#withRenewal(request, none, (access) => this.#exchange(request, access, timeoutMs));
  }

  /** Opens an answer that goes on, such as a watch; the head of the answer must come within `timeoutMs`. */
  async open(request: ApiRequest): Promise<OpenReply> {
    const timeoutMs = request.timeoutMs ?? this.#parts.requestTimeoutMs;
    const end = (refused: OpenReply): void => refused.abort(this.#closedFailure());
    return this.#withRenewal(request, end, (access) => this.#begin(request, access, timeoutMs));
  }

  /** Ends every request and connection; later requests are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const controller of this.#running) controller.abort(this.#closedFailure());
    await this.#dispatchers.close();
  }

  async #withRenewal<R extends { readonly status: number }>(
    request: ApiRequest,
    discard: (refused: R) => void,
    run: (access: AccessNow) => Promise<R>,
  ): Promise<R> {
    if (this.#closed) throw this.#closedFailure();
    const { access } = this.#parts;
    const used = await this.#credentials(request);
    const reply = await run(used);
    if (reply.status !== 401) return reply;
    access.renew(used);
    const renewed = await this.#credentials(request);
    if (renewed === used) return reply;
    discard(reply);
    return run(renewed);
  }

  async #credentials(request: ApiRequest): Promise<AccessNow> {
    try {
      return await this.#parts.access.current();
    } catch (thrown) {
      if (!(thrown instanceof SluiceError)) throw thrown;
      const { code, next, cause } = thrown;
      const message = `${request.action} in cluster ${this.#parts.name}: ${thrown.message}`;
      throw new SluiceError(code, message, { next, cause });
    }
  }

  async #exchange(request: ApiRequest, access: AccessNow, timeoutMs: number): Promise<ApiReply> {
    const startedAt = this.#parts.now();
    let status = 0;
    try {
      return await this.#within(request, timeoutMs, async (signal) => {
        const { requests, pods } = this.#dispatchers.for(access.tls);
        const pool = request.verb === 'proxy' || request.verb === 'logs' ? pods : requests;
        const reply = await pool.request(this.#optionsOf(request, access, signal, timeoutMs));
        const text = await readText(reply.body, request.longestReplyBytes ?? longestReplyBytes, request);
        status = reply.statusCode;
        return { status, text, retryAfter: headerOf(reply, 'retry-after') };
      });
    } finally {
      this.#count(request, status, startedAt);
    }
  }

  async #begin(request: ApiRequest, access: AccessNow, timeoutMs: number): Promise<OpenReply> {
    const startedAt = this.#parts.now();
    const controller = this.#track();
    let status = 0;
    const timer = setTimeout(() => controller.abort(this.#late(request, timeoutMs)), timeoutMs);
    try {
      const { watches } = this.#dispatchers.for(access.tls);
      const options = this.#optionsOf(request, access, controller.signal, timeoutMs);
      const reply = await watches.request({ ...options, bodyTimeout: 0 });
      status = reply.statusCode;
      reply.body.once('close', () => this.#running.delete(controller));
      return {
        status,
        body: reply.body,
        retryAfter: headerOf(reply, 'retry-after'),
        abort: (reason) => controller.abort(reason),
      };
    } catch (thrown) {
      this.#running.delete(controller);
      throw connectionFailure(thrown, this.attempt(request.action), this.#base.origin);
    } finally {
      clearTimeout(timer);
      this.#count(request, status, startedAt);
    }
  }

  async #within<T>(
    request: ApiRequest,
    timeoutMs: number,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const controller = this.#track();
    const timer = setTimeout(() => controller.abort(this.#late(request, timeoutMs)), timeoutMs);
    try {
      return await run(controller.signal);
    } catch (thrown) {
      throw connectionFailure(thrown, this.attempt(request.action), this.#base.origin);
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
    }
  }

  #track(): AbortController {
    const controller = new AbortController();
    this.#running.add(controller);
    return controller;
  }

  #optionsOf(
    request: ApiRequest,
    access: AccessNow,
    signal: AbortSignal,
    timeoutMs: number,
  ): Dispatcher.RequestOptions {
    const search = request.query === undefined ? '' : `?${new URLSearchParams(request.query).toString()}`;
    return {
      origin: this.#base.origin,
      path: `${this.#base.pathname.replace(/\/$/, '')}${request.path}${search}`,
      method: request.method,
      headers: {
        accept: 'application/json',
        'user-agent': 'sluice',
        ...access.headers,
        ...(request.contentType === undefined ? {} : { 'content-type': request.contentType }),
      },
      body: request.body ?? null,
      signal,
      // The whole exchange has its own limit; these would only fire before it.
      headersTimeout: timeoutMs + 1000,
      bodyTimeout: timeoutMs + 1000,
    };
  }

  #late(request: ApiRequest, timeoutMs: number): SluiceError {
    return lateFailure(this.attempt(request.action), this.#base.origin, timeoutMs);
  }

  #count({ verb, kind }: ApiRequest, status: number, startedAt: number): void {
    this.#parts.onCall({ verb, kind, status, ms: this.#parts.now() - startedAt });
  }

  #closedFailure(): SluiceError {
    const message = `the client of cluster ${this.#parts.name} was closed while a request was under way`;
    return new SluiceError('unexpected', message, { next: 'stop' });
  }
}

function baseOf({ access, name }: ConnectionParts): URL {
  const url = URL.parse(access.server);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new SluiceError(
    'invalid-input',
    `cluster ${name}: ${JSON.stringify(access.server)} (${access.origin}) is no address of a server: write it as https://host:port`,
    { next: 'ask-human' },
  );
}

async function readText(
  body: Readable,
  mostBytes: number,
  { action, mayBeCut = false }: ApiRequest,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const part = chunk as Buffer;
    bytes += part.length;
    if (bytes > mostBytes && mayBeCut) {
      chunks.push(part.subarray(0, part.length - (bytes - mostBytes)));
      break;
    }
    if (bytes > mostBytes) {
      const message = `${action}: the answer is longer than ${mostBytes} bytes, which is more than Sluice reads`;
      throw new SluiceError('invalid-reply', message, { next: 'stop' });
    }
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
