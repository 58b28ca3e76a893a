import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { readAnswerHead } from './answer-head.ts';

type Controller = Dispatcher.DispatchController;

/** Trailers that would change how the message is framed, routed or trusted are dropped (RFC 9110, 6.5.1). */
const UNSAFE_TRAILERS = new Set(['transfer-encoding', 'content-length', 'host', 'trailer', 'set-cookie']);

/**
 * An instance's answer on its way to the client, with back-pressure. A body that comes whole in one piece leaves
 * together with the head in one write; a head without a body yet is flushed, so that event streams start at once.
 */
export class AnswerStream {
  readonly #response: ServerResponse;
  #contentLength = -1;
  /** The whole body, kept back until the end that follows it at once. */
  #whole: Buffer | null = null;
  #bodySent = false;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** Writes the final head. `own` are the router's headers, name and value alternating. */
  head(controller: Controller, status: number, statusText: string | undefined, own: readonly string[]): void {
    const response = this.#response;
    const hasBody = response.req.method !== 'HEAD' && status !== 204 && status !== 304;
    const { headers, contentLength, trailer } = readAnswerHead(controller.rawHeaders ?? []);
    this.#contentLength = hasBody ? contentLength : 0;
    headers.push(...own);
    // Node refuses the header in an answer that does not go out chunked.
    if (trailer !== undefined && this.#contentLength < 0 && response.req.httpVersionMinor > 0)
      headers.push('Trailer', trailer);
    response.writeHead(status, phraseOf(status, statusText), headers);
    if (hasBody && contentLength !== 0) process.nextTick(flushHead, this);
  }

  /** Writes a piece of the body and pauses the instance while the client is slower. */
  body(controller: Controller, chunk: Buffer): void {
    if (!this.#bodySent && chunk.length === this.#contentLength) {
      this.#whole = chunk;
      return;
    }
    this.#bodySent = true;
    // Node would report the write as an error that nobody waits for; the exchange is about to hear of the close.
    if (this.#response.destroyed || this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once('drain', () => controller.resume());
  }

  /** Ends the answer. */
  end(trailers: NodeJS.Dict<string | string[]>): void {
    if (this.#whole !== null) {
      this.#response.end(this.#whole);
      return;
    }
    if (this.#contentLength < 0) this.#addTrailers(trailers);
    this.#response.end();
  }

  flush(): void {
    if (!this.#bodySent && this.#whole === null && !this.#response.writableEnded)
      this.#response.flushHeaders();
  }

  #addTrailers(trailers: NodeJS.Dict<string | string[]>): void {
    const safe = Object.entries(trailers).flatMap(([name, value]) => {
      if (value === undefined || UNSAFE_TRAILERS.has(name)) return [];
      return [value].flat().map((one): [string, string] => [name, one]);
    });
    if (safe.length > 0) this.#response.addTrailers(safe);
  }
}

function flushHead(stream: AnswerStream): void {
  stream.flush();
}

/** The instance's own phrase, when it has one that may stand in a status line. */
function phraseOf(status: number, text: string | undefined): string {
  if (text === undefined || text === '' || /[^\t\x20-\x7e]/.test(text)) return STATUS_CODES[status] ?? '';
  return text;
}
