import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';

/**
 * `fetch` that reaches only what it may: it resolves the host itself, connects to the address that it has checked, follows no
 * redirects, and takes nothing compressed. What it refuses is thrown as a `SluiceError` `invalid-input` whose message says why
 * and what to do, and which is worth no retry; what fails on the way is thrown as `fetch` throws it.
 */
export type GuardedFetch = typeof globalThis.fetch;

/** Opens a TCP connection under the same rules, for what does not speak HTTP. */
export type GuardedConnect = (
  to: { readonly host: string; readonly port: number },
  signal: AbortSignal,
) => Promise<Socket>;

/** With what some lines are made. */
export interface LinesWish {
  /** Longer answers are cut off with an error, in bytes. */
  readonly mostBytes: number;
  /** No request of their `fetch` takes longer, in ms; null: its signal says how long. */
  readonly withinMs?: number | null;
  /** Connections to one server at the same time; without, as many as there are requests. */
  readonly connections?: number;
  readonly tls?: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly rejectUnauthorized?: boolean;
  };
}

/** Connections for requests of one purpose, which are kept for a while and have to be closed. */
export interface GuardedLines {
  readonly fetch: GuardedFetch;
  /** For undici's own `request`; it follows no redirects by itself. */
  readonly dispatcher: Dispatcher;
  /** Lets what is under way come to its end; nothing new begins. */
  drain(): Promise<void>;
  /** Ends what is under way, too. */
  close(): Promise<void>;
}

/** The ways out of the server for addresses that people have given. */
export interface Outgoing {
  /** Of at most 1 MiB and 30 s. */
  readonly fetch: GuardedFetch;
  readonly connect: GuardedConnect;
}

/** Opens connections of one's own under the same rules. */
export type OpenLines = (wish: LinesWish) => GuardedLines;
