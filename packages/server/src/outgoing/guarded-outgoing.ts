/**
 * Purpose: the way out of the server for addresses that people have given: channels, metrics, measurements, hooks and tools.
 *
 * 1. A host is resolved here, and the connection goes to the very address that was judged: a name that means something else a
 * moment later gains nothing. 2. What is not the public internet is refused, unless the one who runs the server has allowed it
 * to the organisation whose call it is. 3. No redirects, no proxies, no other schemes, nothing compressed, no endless answers.
 */
import { connect as openSocket, type Socket } from 'node:net';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { type AddressJudge, addressJudge, type ResolveHost } from './address-judge.ts';
import { CONNECT_MS, guardedLines } from './guarded-lines.ts';
import type { GuardedLines, OpenLines, Outgoing } from './outgoing.ts';
import { placeOf } from './outgoing-place.ts';
import type { OutgoingRule } from './outgoing-rules.ts';

/** Longer answers are cut off with an error, in bytes. */
const MOST_BYTES = 1024 * 1024;
/** No request takes longer, in ms. */
const WITHIN_MS = 30_000;

/** Whose calls go out. */
export interface OutgoingParts {
  /** Null, or left out: whoever runs the control plane. */
  readonly organisation?: string | null;
  readonly resolve?: ResolveHost;
}

/** The guarded ways out; connections are kept for a while and have to be closed. */
export interface GuardedOutgoing extends Outgoing {
  /**
   * Judges where something will be sent before it is kept: an `http` or `https` URL, or `tcp://host:port`. Refused as
   * `refused-destination`, or as `unknown-host` when nobody knows the host now.
   */
  check(destination: string): Promise<Result<null>>;
  readonly lines: OpenLines;
  /** For what is connected to in a protocol of its own. */
  readonly judge: AddressJudge;
  close(): Promise<void>;
}

/** Opens the ways out. */
export function guardedOutgoing(
  rules: readonly OutgoingRule[],
  { organisation = null, resolve }: OutgoingParts = {},
): GuardedOutgoing {
  const judge = addressJudge({ rules, organisation, resolve });
  const own = guardedLines(judge, { mostBytes: MOST_BYTES, withinMs: WITHIN_MS });
  const opened = new Set<GuardedLines>([own]);
  return {
    fetch: own.fetch,
    judge,
    connect: async ({ host, port }, signal) => dial((await judge(host, port))[0], port, signal),
    lines: (wish) => {
      const lines = guardedLines(judge, wish);
      opened.add(lines);
      const forget = <Value>(end: () => Value) => {
        return (): Value => {
          opened.delete(lines);
          return end();
        };
      };
      return { ...lines, drain: forget(lines.drain), close: forget(lines.close) };
    },
    check: async (destination) => {
      const place = placeOf(destination);
      if (!place.ok) return place;
      try {
        await judge(place.value.host, place.value.port);
        return ok(null);
      } catch (thrown) {
        const { message, code } = SluiceError.from(thrown, `looking up ${place.value.host}`);
        const reason = code === 'invalid-input' ? 'refused-destination' : 'unknown-host';
        return refuse(reason, message, 'Give another address, or have it allowed.');
      }
    },
    close: async () => {
      await Promise.all([...opened].map((lines) => lines.close()));
    },
  };
}

function dial(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]);
    if (within.aborted) return reject(asError(within.reason));
    const socket = openSocket({ host: address, port });
    const give = (): void => {
      socket.destroy();
      reject(asError(within.reason));
    };
    within.addEventListener('abort', give, { once: true });
    const settle = (end: () => void) => () => {
      within.removeEventListener('abort', give);
      end();
    };
    socket.once(
      'connect',
      settle(() => resolve(socket)),
    );
    socket.once('error', (thrown) => settle(() => reject(thrown))());
  });
}

const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : SluiceError.from(thrown, 'connecting');

/** Judges where something will be sent. */
export type CheckDestination = GuardedOutgoing['check'];
