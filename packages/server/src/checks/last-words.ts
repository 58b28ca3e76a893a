import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { SECRET_LIMIT } from './component-variables.ts';
import { redact } from './redact.ts';

/** Kept of the end of what a program writes, in characters: more than a secret, so that none is cut in two. */
const KEPT = 2 * SECRET_LIMIT;
const LINES_SHOWN = 3;
const SHOWN = 400;

/** Collects the end of what a program writes, however much that is. */
export class LastWords {
  #text = '';

  /** Takes over everything that the stream will ever hold. */
  listenTo(stream: Readable): void {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      this.#text = (this.#text + text).slice(-KEPT);
    });
    stream.on('error', () => undefined);
  }

  /** The last lines with something in them, on one line, without control characters and without secrets. */
  shown(secrets: Iterable<string>): string {
    const lines = redact(stripVTControlCharacters(this.#text), secrets)
      .split(/[\r\n]+/)
      .map((line) => line.replaceAll(/\p{Cc}+/gu, ' ').trim())
      .filter((line) => line !== '');
    const words = lines.slice(-LINES_SHOWN).join(' / ');
    return words.length > SHOWN ? `…${words.slice(-SHOWN)}` : words;
  }
}
