import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EventView } from '@sluice/protocol/http/views.ts';
import type { OperationContext } from '../api-instance.ts';
import { hasGone } from './has-gone.ts';

/** What one subscriber follows. */
export interface Subscription {
  readonly events: (signal: AbortSignal) => AsyncIterable<EventView>;
  /** It ends by itself. One that is cut short is broken off, so that its reader does not take it for whole. */
  readonly isFinite: boolean;
  /** Only events of this track. */
  readonly track: string | undefined;
  readonly requestId: string;
  /** Whether the subscriber may still follow it: whoever was revoked or lost a role meanwhile is not told what comes. */
  readonly isStillWelcome: () => Promise<boolean>;
}

/** How long a client waits before it connects again, in milliseconds. */
const RECONNECT_MS = 2000;

/** One event of a stream. */
export interface StreamFrame {
  /** Where a client goes on that comes back; none where it would begin before. */
  readonly id?: number;
  /** Its name; `message` without. */
  readonly event?: string;
  readonly data: unknown;
}

/**
 * Writes events until the subscriber goes or is no longer welcome, the API closes, the source ends, or the subscriber does not take what it was
 * sent. Takes the next event only when the one before has left, so a slow subscriber costs no memory. Never rejects.
 */
export function writeEvents(
  raw: ServerResponse,
  { events, track, ...stream }: Subscription,
  context: Pick<OperationContext, 'limits' | 'closing' | 'log'>,
): Promise<void> {
  const frame = (event: EventView): StreamFrame | null =>
    track === undefined || event.track === track ? { id: event.sequence, data: event } : null;
  return writeFrames(raw, { items: events, frame, ...stream }, context);
}

/** As `writeEvents`, for anything that can be written as frames. */
export async function writeFrames<Item>(
  raw: ServerResponse,
  subscription: Pick<Subscription, 'isFinite' | 'requestId' | 'isStillWelcome'> & {
    readonly items: (signal: AbortSignal) => AsyncIterable<Item>;
    /** How an item is written; null leaves it out. */
    readonly frame: (item: Item) => StreamFrame | null;
  },
  context: Pick<OperationContext, 'limits' | 'closing' | 'log'>,
): Promise<void> {
  const gone = new AbortController();
  if (hasGone(raw)) gone.abort();
  raw.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, context.closing]);
  begin(raw, subscription.requestId);
  const heartbeat = setInterval(() => beat(raw), context.limits.heartbeatMs);
  const looking = setInterval(
    () => void look(subscription.isStillWelcome, gone),
    context.limits.callerLookMs,
  );
  try {
    for await (const item of subscription.items(signal)) {
      if (signal.aborted) break;
      const frame = subscription.frame(item);
      if (frame && !raw.write(frameOf(frame))) await drained(raw, signal, context.limits.drainTimeoutMs);
    }
    if (subscription.isFinite && signal.aborted) raw.destroy();
    else raw.end();
  } catch (thrown) {
    if (!signal.aborted)
      context.log.warn({ err: thrown, requestId: subscription.requestId }, 'event stream broke');
    raw.destroy();
  } finally {
    clearInterval(heartbeat);
    clearInterval(looking);
  }
}

/** While it cannot be found out the stream goes on. */
async function look(isStillWelcome: () => Promise<boolean>, gone: AbortController): Promise<void> {
  if (!(await isStillWelcome().catch(() => true))) gone.abort();
}

function begin(raw: ServerResponse, requestId: string): void {
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-request-id': requestId,
  });
  raw.write(`retry: ${RECONNECT_MS}\n\n`);
}

/** A comment; left out while earlier bytes still wait, so that it never adds to a queue. */
function beat(raw: ServerResponse): void {
  if (!raw.writableNeedDrain) raw.write(': still here\n\n');
}

const frameOf = ({ id, event, data }: StreamFrame): string =>
  `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;

async function drained(raw: ServerResponse, signal: AbortSignal, timeoutMs: number): Promise<void> {
  await once(raw, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
}
