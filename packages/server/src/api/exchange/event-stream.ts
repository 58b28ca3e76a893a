import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EventView } from '@sluice/protocol/http/views.ts';
import type { OperationContext } from '../api-instance.ts';

/** What one subscriber follows. */
export interface Subscription {
  readonly events: (signal: AbortSignal) => AsyncIterable<EventView>;
  /** It ends by itself. One that is cut short is broken off, so that its reader does not take it for whole. */
  readonly isFinite: boolean;
  /** Only events of this track. */
  readonly track: string | undefined;
  readonly requestId: string;
}

/** How long a client waits before it connects again, in milliseconds. */
const RECONNECT_MS = 2000;

/**
 * Writes events until the subscriber goes, the API closes, the source ends, or the subscriber does not take what it was
 * sent. Takes the next event only when the one before has left, so a slow subscriber costs no memory. Never rejects.
 */
export async function writeEvents(
  raw: ServerResponse,
  subscription: Subscription,
  context: Pick<OperationContext, 'limits' | 'closing' | 'log'>,
): Promise<void> {
  const gone = new AbortController();
  if (raw.destroyed) gone.abort();
  raw.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, context.closing]);
  begin(raw, subscription.requestId);
  const heartbeat = setInterval(() => beat(raw), context.limits.heartbeatMs);
  try {
    for await (const event of subscription.events(signal)) {
      if (signal.aborted) break;
      if (subscription.track !== undefined && event.track !== subscription.track) continue;
      if (!raw.write(frameOf(event))) await drained(raw, signal, context.limits.drainTimeoutMs);
    }
    if (subscription.isFinite && signal.aborted) raw.destroy();
    else raw.end();
  } catch (thrown) {
    if (!signal.aborted)
      context.log.warn({ err: thrown, requestId: subscription.requestId }, 'event stream broke');
    raw.destroy();
  } finally {
    clearInterval(heartbeat);
  }
}

function begin(raw: ServerResponse, requestId: string): void {
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-accel-buffering': 'no',
    'x-request-id': requestId,
  });
  raw.write(`retry: ${RECONNECT_MS}\n\n`);
}

/** A comment; left out while earlier bytes still wait, so that it never adds to a queue. */
function beat(raw: ServerResponse): void {
  if (!raw.writableNeedDrain) raw.write(': still here\n\n');
}

const frameOf = (event: EventView): string => `id: ${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`;

async function drained(raw: ServerResponse, signal: AbortSignal, timeoutMs: number): Promise<void> {
  await once(raw, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
}
