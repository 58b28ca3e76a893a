import { type ApiConnection, type ApiFailure, failureOf, refusalOf, send, textOf } from './api-call.ts';
import { type EventView, eventSchema } from './views.ts';

/** What to follow. */
export interface EventQuery {
  /** Begin after this sequence number; 0 for all that is kept, `latest` for nothing but what comes. */
  readonly after: number | 'latest';
  readonly track?: string | undefined;
  /** False reads what has happened so far and ends. */
  readonly follow?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** Longest unfinished text of a stream that is kept, in characters. */
const FRAME_LIMIT = 4_000_000;

/**
 * Reads or follows events over one connection. Ends with null when the server ended it in order or the signal was given,
 * or with the failure that broke it; whoever follows on calls again with the last sequence number.
 */
export async function* followEvents(
  connection: ApiConnection,
  { after, track, follow = true, signal }: EventQuery,
): AsyncGenerator<EventView, ApiFailure | null> {
  const query = new URLSearchParams({
    after: String(after),
    ...(track === undefined ? {} : { track }),
    ...(follow ? {} : { follow: 'false' }),
  });
  const path = `/api/v1/events?${query.toString()}`;
  const headers = { accept: 'text/event-stream, application/problem+json' };
  const opened = await open(connection, { path, headers, signal });
  if ('failure' in opened) return signal.aborted ? null : opened.failure;
  try {
    for await (const frame of framesOf(opened.body)) {
      const event = eventIn(frame);
      if (event) yield event;
    }
    return null;
  } catch (thrown) {
    return signal.aborted ? null : failureOf(thrown, `the event stream of ${connection.baseUrl}`, false);
  }
}

async function open(
  connection: ApiConnection,
  call: { path: string; headers: Record<string, string>; signal: AbortSignal },
): Promise<{ readonly body: ReadableStream<Uint8Array> } | { readonly failure: ApiFailure }> {
  // The deadline of `send` is for an answer; a stream has none, so only its beginning is timed.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), connection.timeoutMs);
  const signal = AbortSignal.any([call.signal, late.signal]);
  const patient = { ...connection, timeoutMs: LONGEST_TIMER_MS };
  const sent = await send(patient, { ...call, method: 'GET', signal });
  clearTimeout(timer);
  if ('failure' in sent) return sent;
  const { response } = sent;
  if (response.ok && response.body) return { body: response.body };
  const text = await textOf(response);
  return { failure: typeof text === 'string' ? refusalOf(response, text) : text.failure };
}

/** What a timer can hold: 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The parts of a body by its reader: not every browser can walk through a stream. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Cuts a stream into what stands between empty lines. */
async function* framesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const bytes of chunksOf(body)) {
    rest += decoder.decode(bytes, { stream: true }).replaceAll('\r\n', '\n');
    const frames = rest.split('\n\n');
    rest = (frames.pop() ?? '').slice(-FRAME_LIMIT);
    yield* frames;
  }
}

/** The event of a frame; undefined for comments and for what is not an event. */
function eventIn(frame: string): EventView | undefined {
  const lines = frame.split('\n').filter((line) => line.startsWith('data:'));
  if (lines.length === 0) return undefined;
  try {
    const text = lines.map((line) => line.slice('data:'.length).trimStart()).join('\n');
    return eventSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
