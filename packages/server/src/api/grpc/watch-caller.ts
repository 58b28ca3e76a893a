import { Code, ConnectError } from '@connectrpc/connect';

/** How soon a call that lasts ends once what let it in was revoked, in ms. */
const LOOK_EVERY_MS = 5_000;

/** A look-out, while a call lasts. */
export interface CallerWatch {
  /** Aborted, with what the caller is told, once it was revoked. */
  readonly signal: AbortSignal;
  stop(): void;
}

/**
 * Looks again and again whether whoever made a call that lasts may still be in. While that cannot be found out the call goes on.
 * @param isRevoked whether what let it in was revoked
 */
export function watchCaller(isRevoked: () => Promise<boolean>, everyMs = LOOK_EVERY_MS): CallerWatch {
  const revoked = new AbortController();
  const timer = setInterval(() => {
    isRevoked().then(
      (is) => {
        if (is) revoked.abort(new ConnectError(REVOKED, Code.Unauthenticated));
      },
      () => undefined,
    );
  }, everyMs);
  timer.unref();
  return { signal: revoked.signal, stop: () => clearInterval(timer) };
}

const REVOKED = 'What let this call in was revoked. Ask for another token, or join again.';
