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
  const frames = followFrames(connection, path, signal);
  for (let step = await frames.next(); ; step = await frames.next()) {
    if (step.done) return step.value;
    const { data } = eventSchema.safeParse(step.value.data);
    if (data) yield data;
  }
}

/** What stands in one frame of a stream of server-sent events. */
export interface StreamedFrame {
  /** Its name; empty for one without. */
  readonly event: string;
  /** Its JSON; undefined where there is none. */
  readonly data: unknown;
}

/** Follows a stream of server-sent events under the rules of `followEvents`; comments are passed over. */
export async function* followFrames(
  connection: ApiConnection,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<StreamedFrame, ApiFailure | null> {
  const headers = { accept: 'text/event-stream, application/problem+json' };
  const opened = await open(connection, { path, headers, signal });
  if ('failure' in opened) return signal.aborted ? null : opened.failure;
  try {
    for await (const text of framesOf(opened.body)) {
      const frame = frameIn(text);
      if (frame) yield frame;
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

/** What a frame says; undefined for comments and for what cannot be read. */
function frameIn(text: string): StreamedFrame | undefined {
  const fieldsOf = (name: string): readonly string[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart());
  const lines = fieldsOf('data');
  if (lines.length === 0) return undefined;
  try {
    return { event: fieldsOf('event').at(-1) ?? '', data: JSON.parse(lines.join('\n')) };
  } catch {
    return undefined;
  }
}
