import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** What a relay tells about the body that passes through it. */
export interface BodyWatcher {
  /** The instance is ready for the body; called once, before the first byte is read from the client. */
  bodyBegins(): void;
  /** The body has gone over the limit; the relay has stopped. */
  bodyTooLarge(): void;
  /** The client left before the body was whole; the relay has stopped. */
  bodyBroke(): void;
}

/**
 * A request's body on its way to an instance, with back-pressure both ways. It stands between the two because undici
 * destroys the body that it was given when a request fails, and destroying the request itself would close the client's
 * connection before it could be answered. Nothing is read from the client before the instance is connected, so that
 * the same request can still be sent to another one.
 */
export class BodyRelay extends Readable {
  /** Whether anything may have been read from the client. */
  begun = false;
  readonly #request: IncomingMessage;
  readonly #maxBytes: number;
  readonly #watcher: BodyWatcher;
  readonly #copy: ((chunk: Buffer | null) => void) | undefined;
  #bytes = 0;

  /**
   * @param maxBytes 0 means no limit
   * @param copy gets each chunk as it passes, and null at the end of a whole body
   */
  constructor(
    request: IncomingMessage,
    maxBytes: number,
    watcher: BodyWatcher,
    copy?: (chunk: Buffer | null) => void,
  ) {
    super({ highWaterMark: 65_536 });
    this.#request = request;
    this.#maxBytes = maxBytes;
    this.#watcher = watcher;
    this.#copy = copy;
    // undici takes its own listener away before it destroys the body with an error.
    this.on('error', ignore);
  }

  override _read(): void {
    if (!this.begun) this.#begin();
    this.#request.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#request.off('data', this.#onChunk).off('end', this.#onEnd).off('close', this.#onClose);
    if (this.begun) this.#request.pause();
    callback(error);
  }

  #begin(): void {
    this.begun = true;
    this.#watcher.bodyBegins();
    this.#request.on('data', this.#onChunk).on('end', this.#onEnd).on('close', this.#onClose);
  }

  readonly #onChunk = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#maxBytes > 0 && this.#bytes > this.#maxBytes) {
      this.#watcher.bodyTooLarge();
      return;
    }
    this.#copy?.(chunk);
    if (!this.push(chunk)) this.#request.pause();
  };

  readonly #onEnd = (): void => {
    this.#copy?.(null);
    this.push(null);
  };

  readonly #onClose = (): void => {
    if (this.#request.complete) return;
    this.#watcher.bodyBroke();
    this.destroy(new SluiceError('unreachable', 'the client left within its request', { next: 'stop' }));
  };
}

/**
 * Reads and drops what is left of a body, so that the client gets to read its answer and the connection can serve its
 * next request; a client that has more than `maxBytes` to say is cut off.
 */
export function discardRest(request: IncomingMessage, maxBytes: number): void {
  if (request.destroyed) return;
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) request.socket.destroy();
  });
  request.resume();
}

function ignore(): void {}
