/** One request to the HTTP API and its reply; refusals and failures are values. */
import type { z } from 'zod';
import { askAgain, type Waited } from './ask-again.ts';
import { type Problem, problemSchema } from './views.ts';

/** Why a call brought no value. */
export type ApiFailure =
  /** The control plane refused, and says why. */
  | { readonly kind: 'refused'; readonly problem: Problem }
  /** Nothing answers at the address, or the connection broke. */
  | { readonly kind: 'unreachable'; readonly message: string; readonly reason: string }
  | { readonly kind: 'timed-out'; readonly message: string }
  /** Something answered that is not this API, or another version of it. */
  | { readonly kind: 'unreadable'; readonly message: string };

/** What a call brought. */
export type ApiReply<Value> =
  | { readonly ok: true; readonly value: Value; readonly tag: string | null; readonly replayed: boolean }
  | { readonly ok: false; readonly failure: ApiFailure };

/** Where the API is, and for how long an answer is waited for. */
export interface ApiConnection {
  /** `http://127.0.0.1:7070`; a path below it is kept. */
  readonly baseUrl: string;
  readonly timeoutMs: number;
  /** What lets in; nothing is shown without. */
  readonly token?: string | undefined;
  /** The trace that calls are part of, as a W3C `traceparent`. */
  readonly traceParent?: string | undefined;
  readonly fetch: typeof fetch;
  /** Told each time that a request is sent again because too much was asked. */
  readonly waited?: Waited | undefined;
}

/** A request before it is sent. */
export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base URL, with its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Sends a request and gives its raw response, or why there is none; one that was refused for asking too much is sent again. */
export async function send(
  connection: ApiConnection,
  call: ApiCall,
): Promise<{ readonly response: Response } | { readonly failure: ApiFailure }> {
  const attempted = `${call.method} ${connection.baseUrl}${call.path}`;
  let deadline: AbortSignal | null = null;
  const ask = (): Promise<Response> => {
    deadline = AbortSignal.timeout(connection.timeoutMs);
    const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline;
    return connection.fetch(`${connection.baseUrl}${call.path}`, {
      method: call.method,
      headers: {
        accept: 'application/json, application/problem+json',
        ...(connection.token === undefined ? {} : { authorization: `Bearer ${connection.token}` }),
        ...(connection.traceParent === undefined ? {} : { traceparent: connection.traceParent }),
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      redirect: 'error',
      signal,
    });
  };
  try {
    return { response: await askAgain(ask, { waited: connection.waited, signal: call.signal }) };
  } catch (thrown) {
    return { failure: failureOf(thrown, attempted, isOver(deadline)) };
  }
}

const isOver = (deadline: AbortSignal | null): boolean => deadline?.aborted === true;

/** Sends a request and reads its reply by a schema; with status 304 the value is null. */
export async function callApi<Value>(
  connection: ApiConnection,
  schema: z.ZodType<Value>,
  call: ApiCall,
): Promise<ApiReply<Value | null>> {
  const sent = await send(connection, call);
  if ('failure' in sent) return { ok: false, failure: sent.failure };
  const { response } = sent;
  const tag = response.headers.get('etag');
  const replayed = response.headers.get('idempotency-replayed') === 'true';
  if (response.status === 304) return { ok: true, value: null, tag, replayed };
  const text = await textOf(response);
  if (typeof text !== 'string') return { ok: false, failure: text.failure };
  if (!response.ok) return { ok: false, failure: refusalOf(response, text) };
  const result = schema.safeParse(jsonOf(text));
  if (result.success) return { ok: true, value: result.data, tag, replayed };
  return { ok: false, failure: unreadable(call, `does not fit: ${result.error.issues[0]?.message}`) };
}

/** Reads a body; the connection may break on the way. */
export async function textOf(response: Response): Promise<string | { readonly failure: ApiFailure }> {
  try {
    return await response.text();
  } catch (thrown) {
    return { failure: failureOf(thrown, `the reply from ${response.url}`, false) };
  }
}

/** Reads a refusal: the problem that it must be, or that it is none. */
export function refusalOf(response: Response, text: string): ApiFailure {
  const result = problemSchema.safeParse(jsonOf(text));
  if (result.success) return { kind: 'refused', problem: result.data };
  const message = `${response.url} answered ${response.status} with something that is not a problem; is it the API of Sluice?`;
  return { kind: 'unreadable', message };
}

/** Says why a request or a stream broke. */
export function failureOf(thrown: unknown, attempted: string, isLate: boolean): ApiFailure {
  if (isLate) return { kind: 'timed-out', message: `${attempted} was not answered in time.` };
  const { message, cause } = Object(thrown) as { message?: string; cause?: unknown };
  const { code, message: inner } = Object(cause) as { code?: string; message?: string };
  const reason = code === 'ECONNREFUSED' ? 'nothing listens there' : inner || message || String(thrown);
  return { kind: 'unreachable', reason, message: `${attempted} got no answer: ${reason}.` };
}

const unreadable = (call: ApiCall, what: string): ApiFailure => ({
  kind: 'unreadable',
  message: `The reply to ${call.method} ${call.path} ${what}. Client and server may be of different versions.`,
});

/** Reads JSON; undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
