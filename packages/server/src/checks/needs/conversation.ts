import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** How far the other end has to prove who it is. */
export interface TlsWish {
  readonly serverName: string;
  /** False encrypts without asking for a trusted certificate. */
  readonly verified: boolean;
}

/** More than any answer that a probe waits for, in bytes; somebody who sends more speaks another protocol. */
const LONGEST_TAKE_BYTES = 256 * 1024;

/** A connection on which one side asks and then waits for so many bytes, or for a line. */
export class Conversation {
  #socket: Socket;
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  /** Opens a connection; it is destroyed when the signal aborts. */
  static async open(to: NetConnectOpts, signal: AbortSignal): Promise<Conversation> {
    const socket = connect({ ...to, signal });
    const conversation = new Conversation(socket);
    await once(socket, 'connect');
    return conversation;
  }

  /** Goes on encrypted; nothing that is unread may be left. */
  async startTls({ serverName, verified }: TlsWish): Promise<void> {
    // Addresses are not names that a server can be asked for by.
    const name = /^[\d.]+$|:/.test(serverName) ? {} : { servername: serverName };
    const encrypted = connectTls({ socket: this.#socket, rejectUnauthorized: verified, ...name });
    this.#listen(encrypted);
    const closed = once(encrypted, 'close').then(() => Promise.reject(this.#over()));
    await Promise.race([once(encrypted, 'secureConnect'), closed]);
    this.#socket = encrypted;
  }

  /** Sends bytes; a failure shows in the next take. */
  send(bytes: Uint8Array | string): void {
    this.#socket.write(bytes);
  }

  /** Waits for exactly so many bytes. */
  async take(bytes: number): Promise<Buffer> {
    if (bytes > LONGEST_TAKE_BYTES) throw tooMuch();
    for (;;) {
      const taken = this.#read(bytes);
      if (taken?.length === bytes) return taken;
      this.#throwIfOver(taken !== null);
      await this.#change();
    }
  }

  /** Waits for a line and leaves out its end. */
  async takeLine(): Promise<string> {
    let line = Buffer.alloc(0);
    for (;;) {
      const chunk = this.#read();
      if (chunk) line = Buffer.concat([line, chunk]);
      const end = line.indexOf('\n');
      if (end >= 0) {
        this.#socket.unshift(line.subarray(end + 1));
        return line.toString('utf8', 0, end).replace(/\r$/, '');
      }
      if (line.length > LONGEST_TAKE_BYTES) throw tooMuch();
      if (chunk) continue;
      this.#throwIfOver(false);
      await this.#change();
    }
  }

  /** Ends the connection at once. */
  close(): void {
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.on('error', (thrown) => {
      this.#failure ??= thrown;
    });
  }

  #read(bytes?: number): Buffer | null {
    return bytes === 0 ? Buffer.alloc(0) : (this.#socket.read(bytes) as Buffer | null);
  }

  #throwIfOver(cutShort: boolean): void {
    if (this.#failure || cutShort || this.#socket.readableEnded || this.#socket.destroyed) throw this.#over();
  }

  #over(): Error {
    const message = 'the connection was closed without an answer';
    return this.#failure ?? new SluiceError('invalid-reply', message, { next: 'retry' });
  }

  /** Resolves when there is something new to read, or nothing more will come. */
  #change(): Promise<void> {
    const socket = this.#socket;
    const events = ['readable', 'end', 'error', 'close'] as const;
    return new Promise((resolve) => {
      const changed = (): void => {
        for (const event of events) socket.off(event, changed);
        resolve();
      };
      for (const event of events) socket.on(event, changed);
    });
  }
}

const tooMuch = (): SluiceError =>
  new SluiceError('invalid-reply', 'what came back is another protocol', { next: 'stop' });
