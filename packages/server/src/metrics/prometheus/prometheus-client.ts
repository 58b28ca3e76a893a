import { formatDuration } from '@sluice/core/kernel/duration.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type Dispatcher, request } from 'undici';
import type { GuardedLines } from '../../outgoing/outgoing.ts';
import { type PrometheusAnswer, type PrometheusTrouble, readPrometheusReply } from './prometheus-answer.ts';
import {
  placeOf,
  type PrometheusConnection,
  type PrometheusMeans,
  readHeaders,
  readTlsMaterial,
} from './prometheus-connection.ts';
import { readLimited } from './read-limited.ts';

/** The stretch of a range query; both ends belong to it. */
export interface QueryRange {
  readonly from: Instant;
  readonly until: Instant;
  readonly stepMs: number;
}

/** Asks one Prometheus, or anything that speaks its HTTP API. What goes wrong is part of the answer. */
export interface PrometheusClient {
  /** The address as it may be shown. */
  readonly address: string;
  /** The value of a query at a moment. */
  instant(query: string, at: Instant, signal?: AbortSignal): Promise<PrometheusAnswer>;
  /** The values of a query over a stretch of time. */
  range(query: string, range: QueryRange, signal?: AbortSignal): Promise<PrometheusAnswer>;
  /** Closes its connections. */
  close(): Promise<void>;
}

/** Larger answers are refused instead of being held in memory, in bytes. */
const MOST_BYTES = 64 * 1024 * 1024;
/** The same for those to whom the machine does not belong: one of them must not take the memory of all, in bytes. */
const MOST_FOREIGN_BYTES = 8 * 1024 * 1024;
/** A query longer than this is shown shortened. */
const SHOWN_QUERY = 300;
/** How much of an answer that is not Prometheus' is shown. */
const SHOWN_BODY = 120;
/** Connections to one Prometheus at the same time. */
const CONNECTIONS = 8;

/**
 * Opens a client.
 * @throws SluiceError `invalid-input` for an address that is none
 */
export function prometheusClient(connection: PrometheusConnection, means: PrometheusMeans): PrometheusClient {
  const { base, authorization } = placeOf(connection.address);
  const lines = new Lines(connection.tls, means);
  const mostBytes = means.environment === null ? MOST_FOREIGN_BYTES : MOST_BYTES;
  const ask = async (call: Call, signal?: AbortSignal): Promise<PrometheusAnswer> => {
    const late = AbortSignal.timeout(connection.timeoutMs);
    const asking = { ...call, signal: signal ? AbortSignal.any([signal, late]) : late };
    try {
      const dispatcher = await lines.open();
      const own = await readHeaders(connection.headers, means);
      const headers = authorization === null ? own : { authorization, ...own };
      return answerOf(base, call, await exchange(base, asking, { headers, dispatcher, mostBytes }));
    } catch (thrown) {
      const timeoutMs = late.aborted ? connection.timeoutMs : null;
      return { ok: false, trouble: troubleOf(base, thrown, timeoutMs) };
    }
  };
  return {
    address: base,
    instant: (query, at, signal) =>
      ask({ path: '/api/v1/query', query, form: { query, time: seconds(at) } }, signal),
    range: (query, { from, until, stepMs }, signal) =>
      ask(
        {
          path: '/api/v1/query_range',
          query,
          form: { query, start: seconds(from), end: seconds(until), step: seconds(stepMs) },
        },
        signal,
      ),
    close: () => lines.close(),
  };
}

/** Connections; they are opened anew when the files of their certificates have changed. */
class Lines {
  readonly #tls: PrometheusConnection['tls'];
  readonly #means: PrometheusMeans;
  #lines: GuardedLines | undefined;
  #made = '';

  constructor(tls: PrometheusConnection['tls'], means: PrometheusMeans) {
    this.#tls = tls;
    this.#means = means;
  }

  async open(): Promise<Dispatcher> {
    const tls = this.#tls === null ? {} : await readTlsMaterial(this.#tls, this.#means.environment);
    const made = JSON.stringify(tls);
    if (this.#lines && this.#made === made) return this.#lines.dispatcher;
    const before = this.#lines;
    // What is too long is said by whoever reads it.
    this.#lines = this.#means.lines({ tls, connections: CONNECTIONS, mostBytes: 2 * MOST_BYTES });
    this.#made = made;
    // What is under way on the old ones ends there.
    if (before) void before.drain();
    return this.#lines.dispatcher;
  }

  async close(): Promise<void> {
    await this.#lines?.close();
    this.#lines = undefined;
  }
}

interface Call {
  readonly path: string;
  readonly query: string;
  readonly form: Readonly<Record<string, string>>;
}

interface Reply {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

interface Means {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
  readonly mostBytes: number;
}

/** Long queries do not fit into an address, so that it is a POST; a proxy that allows none is asked by GET. */
async function exchange(base: string, call: Call & { signal: AbortSignal }, means: Means): Promise<Reply> {
  const form = new URLSearchParams(call.form).toString();
  const posted = await send(`${base}${call.path}`, { method: 'POST', body: form }, call.signal, means);
  if (posted.status !== 405 && posted.status !== 501) return posted;
  return send(`${base}${call.path}?${form}`, { method: 'GET' }, call.signal, means);
}

async function send(
  url: string,
  { method, body }: { readonly method: 'GET' | 'POST'; readonly body?: string },
  signal: AbortSignal,
  { headers, dispatcher, mostBytes }: Means,
): Promise<Reply> {
  const form = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const options = {
    method,
    signal,
    dispatcher,
    headers: { accept: 'application/json', ...form, ...headers },
  };
  const answer = await request(url, body === undefined ? options : { ...options, body });
  return {
    status: answer.statusCode,
    location: String(answer.headers.location ?? '') || undefined,
    text: await readLimited(answer.body, mostBytes),
  };
}

function answerOf(base: string, { query }: Call, { status, location, text }: Reply): PrometheusAnswer {
  const reply = readPrometheusReply(text);
  if (reply && 'value' in reply && status >= 200 && status < 300) return { ok: true, ...reply };
  const said = reply && 'error' in reply ? reply.error : undefined;
  const shown = query.length > SHOWN_QUERY ? `${query.slice(0, SHOWN_QUERY)}…` : query;
  const none = (kind: PrometheusTrouble['kind'], message: string): PrometheusAnswer => ({
    ok: false,
    trouble: { kind, message },
  });
  if (status === 401 || status === 403)
    return none(
      'refused',
      `Prometheus at ${base} refused the query with ${status}; look at its headers or TLS.`,
    );
  if (said !== undefined && status === 400)
    return none('bad-query', `Prometheus at ${base} does not understand the query \`${shown}\`: ${said}.`);
  if (said !== undefined && status === 422)
    return none('not-executed', `Prometheus at ${base} could not execute the query \`${shown}\`: ${said}.`);
  if (status >= 500)
    return none('server-error', `Prometheus at ${base} answered ${status}: ${said ?? beginning(text)}.`);
  const instead = location === undefined ? beginning(text) : `a redirect to ${location}`;
  return none(
    'invalid-reply',
    `What answers at ${base} does not answer as Prometheus does (${status}): ${said ?? instead}; look at the address.`,
  );
}

const beginning = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN_BODY) || 'nothing';

function troubleOf(base: string, thrown: unknown, timeoutMs: number | null): PrometheusTrouble {
  if (timeoutMs !== null)
    return {
      kind: 'timed-out',
      message: `Prometheus at ${base} gave no answer within ${formatDuration(timeoutMs)}.`,
    };
  if (thrown instanceof SluiceError && thrown.code === 'not-found')
    return { kind: 'misconfigured', message: `Prometheus at ${base} was not asked: ${thrown.message}.` };
  if (thrown instanceof SluiceError && thrown.code === 'invalid-input')
    return { kind: 'misconfigured', message: `Prometheus at ${base} is not asked: ${thrown.message}.` };
  if (thrown instanceof SluiceError && thrown.code === 'exhausted')
    return {
      kind: 'not-executed',
      message: `Prometheus at ${base}: ${thrown.message}; ask for fewer series.`,
    };
  const { code, message } = thrown as NodeJS.ErrnoException;
  return {
    kind: 'unreachable',
    message: `Prometheus at ${base} cannot be reached: ${message || code || 'the connection failed'}.`,
  };
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);
