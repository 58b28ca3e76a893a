/**
 * Purpose: what waits to be sent to the server, in order.
 *
 * Owns, in memory: the messages. 1. News are bounded in number and size; beyond the bound a caller is asked to wait, and
 * beyond twice the bound the newest are left out and counted. 2. At most one heartbeat and one wish for tasks wait.
 * 3. Everything else is bounded by those who send it: one word for each task. 4. One session reads at a time.
 */
import type { WorkRequest } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { heartbeatRequest, wantRequest } from './work-requests.ts';

/** How much news may wait before callers are asked to wait. */
export interface NewsLimits {
  readonly events: number;
  /** In characters. */
  readonly size: number;
}

/** A quarter of an hour of a chatty agent, and no threat to anybody's memory. */
export const NEWS_LIMITS: NewsLimits = { events: 1_000, size: 1024 * 1024 };

/** Pieces of text are joined up to this while they wait, in characters. */
const PIECE = 16 * 1024;

/** Messages on their way. */
export interface Outbox {
  /** Takes news of a size; resolves when there is room for more. */
  tell(news: WorkRequest, size: number): Promise<void>;
  /** Takes anything that has to arrive. */
  send(message: WorkRequest): void;
  want(more: number): void;
  beat(): void;
  /** The next message; null when the reader's session is over, or nothing more is to come. */
  next(over: AbortSignal): Promise<WorkRequest | null>;
  /** Keeps the news for another session and forgets the rest, which is sent anew. */
  restart(): void;
  /** Nothing more comes; what waits may still be read. */
  close(): void;
}

type OutputEvent = { case: 'output'; value: string };

/** Starts empty; `leftOut` hears how many news found no room, once there is some again. */
export function outbox(limits: NewsLimits, leftOut: (count: number) => void): Outbox {
  let waiting: { readonly message: WorkRequest; readonly newsSize: number | null }[] = [];
  let news = { events: 0, size: 0 };
  let dropped = 0;
  let room: PromiseWithResolvers<void> | null = null;
  let reader: (() => void) | null = null;
  let isClosed = false;

  const isFull = (times: number): boolean =>
    news.events >= times * limits.events || news.size >= times * limits.size;

  const put = (message: WorkRequest, newsSize: number | null): void => {
    waiting.push({ message, newsSize });
    reader?.();
  };

  const has = (kind: WorkRequest['message']['case']): WorkRequest['message'] | undefined =>
    waiting.find(({ message }) => message.message.case === kind)?.message.message;

  /** Text that follows text of the same attempt becomes one message. */
  const isJoined = (added: WorkRequest): boolean => {
    const last = waiting.at(-1)?.message;
    const before = last && outputOf(last);
    const piece = outputOf(added);
    if (!last || !before || !piece || attemptOf(last) !== attemptOf(added)) return false;
    if (before.value.length + piece.value.length > PIECE) return false;
    before.value += piece.value;
    return true;
  };

  const taken = (size: number): void => {
    news = { events: news.events - 1, size: news.size - size };
    if (isFull(1)) return;
    room?.resolve();
    room = null;
    if (dropped > 0) leftOut(dropped);
    dropped = 0;
  };

  const take = (): WorkRequest | null => {
    const first = waiting.shift();
    if (first === undefined) return null;
    // The size of a joined message has grown since.
    if (first.newsSize !== null) taken(Math.max(first.newsSize, outputOf(first.message)?.value.length ?? 0));
    return first.message;
  };

  return {
    tell: (message, size) => {
      if (isClosed) return Promise.resolve();
      if (isFull(2)) dropped += 1;
      else if (isJoined(message)) news.size += size;
      else {
        news = { events: news.events + 1, size: news.size + size };
        put(message, size);
      }
      if (!isFull(1)) return Promise.resolve();
      room ??= Promise.withResolvers<void>();
      return room.promise;
    },
    send: (message) => put(message, null),
    want: (more) => {
      const before = has('want');
      if (before?.case === 'want') before.value.more += more;
      else put(wantRequest(more), null);
    },
    beat: () => {
      if (!has('heartbeat')) put(heartbeatRequest(), null);
    },
    next: async (over) => {
      while (!over.aborted) {
        const message = take();
        if (message !== null || isClosed) return message;
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            over.removeEventListener('abort', wake);
            if (reader === wake) reader = null;
            resolve();
          };
          reader = wake;
          over.addEventListener('abort', wake);
        });
      }
      return null;
    },
    restart: () => {
      waiting = waiting.filter(({ newsSize }) => newsSize !== null);
    },
    close: () => {
      isClosed = true;
      room?.resolve();
      reader?.();
    },
  };
}

function outputOf({ message }: WorkRequest): OutputEvent | undefined {
  const event = message.case === 'news' ? message.value.event?.event : undefined;
  return event?.case === 'output' ? event : undefined;
}

function attemptOf({ message }: WorkRequest): string | undefined {
  return message.case === 'news' ? `${message.value.taskId} ${message.value.attempt}` : undefined;
}
