import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestFacts } from '@sluice/core/traffic/choose.ts';
import type { Problem } from './problem.ts';
import { PROBLEMS } from './problems.ts';
import { cookieValue } from './cookie.ts';
import { isLoopback, peerAddress } from './peer-address.ts';
import { isHopByHop, namesNoHeader, withoutNamed } from './hop-by-hop.ts';
import { splitTarget } from './request-target.ts';

const VALID_HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** Set once per worker, so that request ids of different processes do not meet. */
const idPrefix = `${process.pid.toString(36)}-${Date.now().toString(36)}-`;
let requests = 0;

/**
 * One received request head, read in a single pass over its raw headers: the facts that routing needs, and the
 * headers as they go to the instance.
 *
 * - Hop-by-hop headers, and those that Connection names, stay here; so do Expect (answered by the router) and
 *   x-sluice-mirror (set by the router alone). Request trailers are not passed on.
 * - X-Forwarded-For gets the peer appended. X-Forwarded-Proto, -Host and -Port are set; when the peer is this very
 *   machine (a TLS terminator in front) and has set them, its values stay.
 * - Forwarded is passed on untouched. Via is appended to, X-Request-Id is added when there is none.
 */
export class Inbound implements RequestFacts {
  readonly method: string;
  /** Path and query, as they go to the instance. */
  target = '/';
  path = '/';
  /** In lower case, without the port; empty when an HTTP/1.0 request names none. */
  host = '';
  /** For the instance; name and value alternate. */
  headers: string[] = [];
  /** -1 when not given. */
  contentLength = -1;
  chunked = false;
  expectsContinue = false;
  /** The value of Upgrade, when the connection is to be upgraded. */
  upgrade: string | undefined = undefined;
  /** Why the request must be refused, whatever the routes are. */
  problem: Problem | null = null;

  readonly #raw: readonly string[];
  readonly #socket: Socket;
  #cookies: string | undefined = undefined;
  #hostHeader: string | undefined = undefined;
  #connection: string | undefined = undefined;
  #forwardedFor: string | undefined = undefined;
  #forwardedProto: string | undefined = undefined;
  #forwardedHost: string | undefined = undefined;
  #forwardedPort: string | undefined = undefined;
  #via: string | undefined = undefined;
  #requestId: string | undefined = undefined;

  constructor(request: IncomingMessage, urlBytes: number) {
    this.method = request.method ?? 'GET';
    this.#raw = request.rawHeaders;
    this.#socket = request.socket;
    const url = request.url ?? '/';
    if (url.length > urlBytes) this.problem = PROBLEMS.uriTooLong;
    else if (this.method === 'TRACE') this.problem = PROBLEMS.methodRefused;
    else this.#readHead(url, request.httpVersionMinor === 0);
  }

  get hasBody(): boolean {
    return this.chunked || this.contentLength > 0;
  }

  header(name: string): string | undefined {
    const raw = this.#raw;
    for (let i = 0; i < raw.length; i += 2) {
      const key = raw[i] as string;
      if (key.length === name.length && key.toLowerCase() === name) return raw[i + 1];
    }
    return undefined;
  }

  cookie(name: string): string | undefined {
    return this.#cookies === undefined ? undefined : cookieValue(this.#cookies, name);
  }

  /** The address of the user: the peer, or what a proxy on this very machine says it forwards for. */
  get address(): string {
    const peer = peerAddress(this.#socket);
    if (this.#forwardedFor === undefined || !isLoopback(peer)) return peer;
    return this.#forwardedFor.slice(this.#forwardedFor.lastIndexOf(',') + 1).trim();
  }

  #readHead(url: string, http10: boolean): void {
    const raw = this.#raw;
    for (let i = 0; i < raw.length; i += 2) this.#readHeader(raw[i] as string, raw[i + 1] as string);
    if (this.#connection !== undefined && !namesNoHeader(this.#connection))
      this.headers = withoutNamed(this.headers, this.#connection);
    if (url.charCodeAt(0) === 47) this.#readTarget(url);
    else this.#readUncommonTarget(url);
    this.#readHost(http10);
    this.#addOwnHeaders();
  }

  #readTarget(url: string): void {
    this.target = url;
    const query = url.indexOf('?');
    this.path = query < 0 ? url : url.slice(0, query);
  }

  /** The absolute form names the host itself, and then the Host header is replaced (RFC 9112, 3.2.2). */
  #readUncommonTarget(url: string): void {
    if (url === '*' && this.method === 'OPTIONS') {
      this.target = '*';
      this.path = '*';
      return;
    }
    const parts = splitTarget(url);
    if (!parts) {
      this.problem = PROBLEMS.malformed('The request target is neither a path nor an http address.');
      return;
    }
    this.#hostHeader = parts.authority;
    this.#readTarget(parts.target);
  }

  #readHost(http10: boolean): void {
    const host = this.#hostHeader;
    if (host === undefined ? !http10 : !VALID_HOST.test(host)) {
      this.problem ??= PROBLEMS.hostMissing;
      return;
    }
    if (host === undefined) return;
    const colon = host.endsWith(']') ? -1 : host.lastIndexOf(':');
    this.host = (colon < 0 ? host : host.slice(0, colon)).toLowerCase();
    this.headers.push('host', host);
  }

  #addOwnHeaders(): void {
    const peer = peerAddress(this.#socket);
    const trusted = isLoopback(peer);
    const before = this.#forwardedFor;
    const host = this.#hostHeader ?? '';
    if (this.contentLength >= 0) this.headers.push('content-length', String(this.contentLength));
    this.headers.push(
      'x-forwarded-for',
      before === undefined ? peer : `${before}, ${peer}`,
      'x-forwarded-proto',
      (trusted ? this.#forwardedProto : undefined) ?? 'http',
      'x-forwarded-host',
      (trusted ? this.#forwardedHost : undefined) ?? host,
      'x-forwarded-port',
      (trusted ? this.#forwardedPort : undefined) ?? String(this.#socket.localPort ?? ''),
      'via',
      this.#via === undefined ? '1.1 sluice' : `${this.#via}, 1.1 sluice`,
      'x-request-id',
      this.#requestId ?? `${idPrefix}${(requests++).toString(36)}`,
    );
  }

  /** The length decides most headers in one comparison; the rest are compared by name. */
  #readHeader(name: string, value: string): void {
    switch (name.length) {
      case 3:
      case 4:
      case 6:
      case 7:
      case 10:
      case 12:
      case 14:
      case 15:
      case 16:
      case 17:
        if (this.#readSpecial(name.toLowerCase(), value)) return;
        break;
      default:
        if (isHopByHop(name)) return;
    }
    this.headers.push(name, value);
  }

  /** @returns whether the header has been dealt with and is not passed on as it is */
  #readSpecial(name: string, value: string): boolean {
    switch (name) {
      case 'host':
        if (this.#hostHeader !== undefined) this.problem = PROBLEMS.hostMissing;
        this.#hostHeader = value;
        return true;
      case 'cookie':
        this.#cookies = this.#cookies === undefined ? value : `${this.#cookies}; ${value}`;
        return false;
      case 'content-length':
        this.#readContentLength(value);
        return true;
      case 'transfer-encoding':
        if (this.chunked || value.toLowerCase() !== 'chunked') this.problem = PROBLEMS.codingRefused;
        this.chunked = true;
        return true;
      case 'connection':
        this.#connection = this.#connection === undefined ? value : `${this.#connection}, ${value}`;
        return true;
      case 'expect':
        if (value.toLowerCase() === '100-continue') this.expectsContinue = true;
        else this.problem = PROBLEMS.expectationFailed;
        return true;
      case 'upgrade':
        this.upgrade = value;
        return true;
      default:
        return this.#readForwarding(name, value) || isHopByHop(name);
    }
  }

  #readForwarding(name: string, value: string): boolean {
    switch (name) {
      case 'x-forwarded-for':
        this.#forwardedFor = this.#forwardedFor === undefined ? value : `${this.#forwardedFor}, ${value}`;
        return true;
      case 'x-forwarded-proto':
        this.#forwardedProto = value;
        return true;
      case 'x-forwarded-host':
        this.#forwardedHost = value;
        return true;
      case 'x-forwarded-port':
        this.#forwardedPort = value;
        return true;
      case 'via':
        this.#via = this.#via === undefined ? value : `${this.#via}, ${value}`;
        return true;
      case 'x-request-id':
        this.#requestId = value;
        return true;
      default:
        return name === 'x-sluice-mirror';
    }
  }

  /** The parser has refused what is not a number and what is given twice; this is the second lock on that door. */
  #readContentLength(value: string): void {
    if (this.contentLength >= 0 || !/^\d{1,15}$/.test(value))
      this.problem = PROBLEMS.malformed('The content length is not one whole number.');
    else this.contentLength = Number(value);
  }
}
