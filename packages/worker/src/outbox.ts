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

type OutputEvent = { case: 'output'; value: string };

interface Waiting {
  readonly message: WorkRequest;
  /** Null for what is no news. */
  readonly newsSize: number | null;
}

/** Messages on their way. */
export class Outbox {
  readonly #limits: NewsLimits;
  readonly #leftOut: (count: number) => void;
  #waiting: Waiting[] = [];
  #news = { events: 0, size: 0 };
  #dropped = 0;
  #room: PromiseWithResolvers<void> | null = null;
  #reader: (() => void) | null = null;
  #isClosed = false;

  /** Starts empty; `leftOut` hears how many news found no room, once there is some again. */
  constructor(limits: NewsLimits, leftOut: (count: number) => void) {
    this.#limits = limits;
    this.#leftOut = leftOut;
  }

  /** Takes news of a size; resolves when there is room for more. */
  tell(message: WorkRequest, size: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    if (this.#isFull(2)) this.#dropped += 1;
    else if (this.#isJoined(message)) this.#news.size += size;
    else {
      this.#news = { events: this.#news.events + 1, size: this.#news.size + size };
      this.#put(message, size);
    }
    if (!this.#isFull(1)) return Promise.resolve();
    this.#room ??= Promise.withResolvers<void>();
    return this.#room.promise;
  }

  /** Takes anything that has to arrive. */
  send(message: WorkRequest): void {
    this.#put(message, null);
  }

  want(more: number): void {
    const before = this.#find('want');
    if (before?.case === 'want') before.value.more += more;
    else this.#put(wantRequest(more), null);
  }

  beat(): void {
    if (!this.#find('heartbeat')) this.#put(heartbeatRequest(), null);
  }

  /** The next message; null when the reader's session is over, or nothing more is to come. */
  async next(over: AbortSignal): Promise<WorkRequest | null> {
    while (!over.aborted) {
      const message = this.#take();
      if (message !== null || this.#isClosed) return message;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          over.removeEventListener('abort', wake);
          if (this.#reader === wake) this.#reader = null;
          resolve();
        };
        this.#reader = wake;
        over.addEventListener('abort', wake);
      });
    }
    return null;
  }

  /** Keeps the news for another session and forgets the rest, which is sent anew. */
  restart(): void {
    this.#waiting = this.#waiting.filter(({ newsSize }) => newsSize !== null);
  }

  /** Nothing more comes; what waits may still be read. */
  close(): void {
    this.#isClosed = true;
    this.#room?.resolve();
    this.#reader?.();
  }

  #isFull(times: number): boolean {
    const { events, size } = this.#limits;
    return this.#news.events >= times * events || this.#news.size >= times * size;
  }

  #put(message: WorkRequest, newsSize: number | null): void {
    this.#waiting.push({ message, newsSize });
    this.#reader?.();
  }

  #find(kind: WorkRequest['message']['case']): WorkRequest['message'] | undefined {
    return this.#waiting.find(({ message }) => message.message.case === kind)?.message.message;
  }

  /** Text that follows text of the same attempt becomes one message. */
  #isJoined(added: WorkRequest): boolean {
    const last = this.#waiting.at(-1)?.message;
    const before = last && outputOf(last);
    const piece = outputOf(added);
    if (!last || !before || !piece || attemptOf(last) !== attemptOf(added)) return false;
    if (before.value.length + piece.value.length > PIECE) return false;
    before.value += piece.value;
    return true;
  }

  #take(): WorkRequest | null {
    const first = this.#waiting.shift();
    if (first === undefined) return null;
    // The size of a joined message has grown since.
    if (first.newsSize !== null)
      this.#taken(Math.max(first.newsSize, outputOf(first.message)?.value.length ?? 0));
    return first.message;
  }

  #taken(size: number): void {
    this.#news = { events: this.#news.events - 1, size: this.#news.size - size };
    if (this.#isFull(1)) return;
    this.#room?.resolve();
    this.#room = null;
    if (this.#dropped > 0) this.#leftOut(this.#dropped);
    this.#dropped = 0;
  }
}

function outputOf({ message }: WorkRequest): OutputEvent | undefined {
  const event = message.case === 'news' ? message.value.event?.event : undefined;
  return event?.case === 'output' ? event : undefined;
}

function attemptOf({ message }: WorkRequest): string | undefined {
  return message.case === 'news' ? `${message.value.taskId} ${message.value.attempt}` : undefined;
}
