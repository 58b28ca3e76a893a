import { isHopByHop, namesNoHeader, withoutNamed } from './hop-by-hop.ts';

/** The head of an instance's answer as it goes to the client. */
export interface AnswerHead {
  /** Name and value alternate. */
  readonly headers: string[];
  /** -1 when the instance names none. */
  readonly contentLength: number;
  /** The Trailer header, which may only stand in a chunked answer; it is not among the headers. */
  readonly trailer: string | undefined;
}

type RawHeaders = readonly (Buffer | string)[] | Record<string, string | readonly string[] | undefined>;

/** Headers that the router alone sets; an instance cannot speak in its name. */
const isOurs = (name: string): boolean => name === 'x-sluice-revision' || name === 'x-sluice-reason';

/**
 * Reads an instance's raw headers: without hop-by-hop headers, without those that Connection names, and without the
 * router's own.
 */
export function readAnswerHead(raw: RawHeaders): AnswerHead {
  const out = new HeadReader();
  if (Array.isArray(raw)) {
    for (let i = 0; i < raw.length; i += 2) out.add(textOf(raw[i]), textOf(raw[i + 1]));
  } else {
    for (const [name, value] of Object.entries(raw as Record<string, string | string[]>)) {
      if (Array.isArray(value)) for (const one of value) out.add(name, one);
      else out.add(name, value);
    }
  }
  return out.finish();
}

const textOf = (value: Buffer | string | undefined): string =>
  typeof value === 'string' ? value : (value?.toString('latin1') ?? '');

class HeadReader {
  #headers: string[] = [];
  #contentLength = -1;
  #chunked = false;
  #connection: string | undefined = undefined;
  #trailer: string | undefined = undefined;

  add(name: string, value: string): void {
    switch (name.length) {
      case 2:
      case 7:
      case 10:
      case 14:
      case 15:
      case 16:
      case 17:
      case 18:
        if (this.#isKeptBack(name.toLowerCase(), value)) return;
    }
    this.#headers.push(name, value);
  }

  finish(): AnswerHead {
    if (this.#connection !== undefined && !namesNoHeader(this.#connection))
      this.#headers = withoutNamed(this.#headers, this.#connection);
    // A length beside a transfer coding is void (RFC 9112, 6.3), and passing it on would invite splitting.
    const isVoid = this.#chunked && this.#contentLength >= 0;
    return {
      headers: isVoid ? withoutNamed(this.#headers, 'content-length') : this.#headers,
      contentLength: isVoid ? -1 : this.#contentLength,
      trailer: this.#trailer,
    };
  }

  #isKeptBack(name: string, value: string): boolean {
    if (name === 'content-length') this.#contentLength = Number(value);
    else if (name === 'connection')
      this.#connection = this.#connection === undefined ? value : `${this.#connection}, ${value}`;
    else if (name === 'transfer-encoding') this.#chunked = true;
    else if (name === 'trailer') this.#trailer = value;
    return isHopByHop(name) || isOurs(name);
  }
}
