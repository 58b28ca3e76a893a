import type { Socket } from 'node:net';

/**
 * `fetch` that reaches only what it may: it resolves the host itself, connects to the address that it has checked, follows no
 * redirects and reads 1 MiB at most. What it refuses is thrown as a `SluiceError` `invalid-input` whose message says why and what to
 * do, and which is worth no retry; what fails on the way is thrown as `fetch` throws it.
 */
export type GuardedFetch = typeof globalThis.fetch;

/** Opens a TCP connection under the same rules, for what does not speak HTTP. */
export type GuardedConnect = (
  to: { readonly host: string; readonly port: number },
  signal: AbortSignal,
) => Promise<Socket>;

/** The ways out of the server for addresses that people have given. */
export interface Outgoing {
  readonly fetch: GuardedFetch;
  readonly connect: GuardedConnect;
}
