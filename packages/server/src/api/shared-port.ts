/**
 * Purpose: one cleartext port for HTTP/1.1 and for HTTP/2 with prior knowledge, which is what gRPC speaks; and for what comes in
 * over TLS by another door, where the protocol was agreed on.
 *
 * Owns the connections that have not said yet what they speak, and the HTTP/2 sessions. 1. A connection goes to the server
 * whose protocol its first bytes are. 2. After `close` nothing new is let in, what is idle ends at once, what runs may end
 * within a limit, and then everything is cut.
 */
import {
  createServer as createHttp1,
  type IncomingMessage,
  type RequestListener,
  type Server as Http1Server,
  type ServerResponse,
} from 'node:http';
import {
  createServer as createHttp2,
  type Http2Server,
  type Http2ServerRequest,
  type ServerHttp2Session,
} from 'node:http2';
import { Server, type Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';

/** What the port bounds; each number is a maximum. */
export interface PortLimits {
  /** Of one request. */
  readonly headerBytes: number;
  /** For the first bytes of a connection, and for a request over HTTP/1.1 to arrive as a whole. */
  readonly requestTimeoutMs: number;
  /** How often Node looks for requests that arrive too slowly. */
  readonly lookEveryMs: number;
  /** For what runs to end once the port closes. */
  readonly closeTimeoutMs: number;
}

/** How HTTP/2 begins where nothing was agreed before (RFC 9113, 3.4); no method of HTTP/1.1 begins so. */
const PREFACE = Buffer.from('PRI * HTTP/2.0');
/** A connection over HTTP/1.1 that asks nothing more. */
const KEEP_ALIVE_MS = 72_000;
/** A session over HTTP/2 in which nothing moves; workers beat far more often. */
const SESSION_IDLE_MS = 10 * 60_000;
/** Calls of one connection at the same time. */
const MOST_STREAMS = 250;
const MOST_HEADERS = 100;
/** While the port closes, connections that have become idle are looked for so often. */
const SWEEP_EVERY_MS = 50;

/** The server to give to Fastify's `serverFactory`. */
export class SharedPort extends Server {
  readonly #http1: Http1Server;
  readonly #http2: Http2Server;
  readonly #limits: PortLimits;
  readonly #undecided = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #doors: TlsServer[] = [];

  constructor(handler: RequestListener, limits: PortLimits) {
    super({ noDelay: true });
    this.#limits = limits;
    this.#http1 = createHttp1(
      {
        maxHeaderSize: limits.headerBytes,
        requestTimeout: limits.requestTimeoutMs,
        headersTimeout: limits.requestTimeoutMs,
        connectionsCheckingInterval: limits.lookEveryMs,
        keepAliveTimeout: KEEP_ALIVE_MS,
      },
      handler,
    );
    this.#http2 = createHttp2(
      {
        settings: { maxConcurrentStreams: MOST_STREAMS, maxHeaderListSize: limits.headerBytes },
        maxHeaderListPairs: MOST_HEADERS,
      },
      (request, response) => {
        if (headerBytesOf(request) > limits.headerBytes) response.writeHead(431).end();
        else handler(request as unknown as IncomingMessage, response as unknown as ServerResponse);
      },
    );
    this.#http1.on('clientError', (error, socket) => this.emit('clientError', error, socket));
    this.#http2.on('session', (session) => this.#keep(session));
    this.on('connection', (socket: Socket) => this.#decide(socket));
    // Only a server that believes to listen looks for slow requests.
    this.on('listening', () => this.#http1.emit('listening'));
  }

  /** Serves a connection that came in by another door. */
  take(socket: Socket, isHttp2: boolean): void {
    (isHttp2 ? this.#http2 : this.#http1).emit('connection', socket);
  }

  /** That door closes with this port. */
  closeToo(door: TlsServer): void {
    this.#doors.push(door);
  }

  /** Ends what is idle; Fastify calls it before it closes the port. */
  closeIdleConnections(): void {
    this.#http1.closeIdleConnections();
    for (const socket of this.#undecided) socket.destroy();
    for (const session of this.#sessions) session.close();
  }

  override close(closed?: (error?: Error) => void): this {
    this.closeIdleConnections();
    const sweeping = setInterval(() => this.#http1.closeIdleConnections(), SWEEP_EVERY_MS);
    const cutting = setTimeout(() => this.#cut(), this.#limits.closeTimeoutMs);
    const doors = this.#doors.map((door) => new Promise<void>((done) => void door.close(() => done())));
    return super.close((error) => {
      void Promise.all(doors).then(() => {
        clearInterval(sweeping);
        clearTimeout(cutting);
        this.#http1.close();
        closed?.(error);
      });
    });
  }

  #cut(): void {
    this.#http1.closeAllConnections();
    for (const session of this.#sessions) session.destroy();
  }

  #keep(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    // Without a listener a peer that breaks the protocol would end the process; Node has closed the session by itself.
    session.on('error', () => undefined);
    session.setTimeout(SESSION_IDLE_MS, () => session.close());
  }

  #decide(socket: Socket): void {
    const silent = setTimeout(() => socket.destroy(), this.#limits.requestTimeoutMs);
    let begun = Buffer.alloc(0);
    const leave = (): void => {
      clearTimeout(silent);
      this.#undecided.delete(socket);
      socket.off('readable', look).off('close', leave).off('error', leave);
    };
    const look = (): void => {
      const bytes: Buffer | null = socket.read();
      if (bytes === null) return;
      begun = Buffer.concat([begun, bytes]);
      const length = Math.min(begun.length, PREFACE.length);
      const isPreface = begun.subarray(0, length).equals(PREFACE.subarray(0, length));
      if (isPreface && length < PREFACE.length) return;
      leave();
      socket.unshift(begun);
      this.take(socket, isPreface);
    };
    this.#undecided.add(socket);
    socket.on('readable', look).on('close', leave).on('error', leave);
  }
}

/** HTTP/2 lets a caller go beyond what it was told to keep to, up to 64 KiB. */
const headerBytesOf = ({ rawHeaders }: Http2ServerRequest): number =>
  rawHeaders.reduce((total, text) => total + text.length, 0);
