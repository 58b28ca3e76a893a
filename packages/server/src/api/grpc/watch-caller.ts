import { Code, ConnectError } from '@connectrpc/connect';

/** A look-out, while a call lasts. */
export interface CallerWatch {
  /** Aborted, with what the caller is told, once it may no longer be in. */
  readonly signal: AbortSignal;
  stop(): void;
}

/**
 * Looks again and again whether whoever made a call that lasts may still be in. While that cannot be found out the call goes on.
 * @param isOut whether the call is to end: what let it in was revoked, or it does not let that in any more
 */
export function watchCaller(isOut: () => Promise<boolean>, everyMs: number): CallerWatch {
  const revoked = new AbortController();
  const timer = setInterval(() => {
    isOut().then(
      (is) => {
        if (is) revoked.abort(new ConnectError(REVOKED, Code.Unauthenticated));
      },
      () => undefined,
    );
  }, everyMs);
  timer.unref();
  return { signal: revoked.signal, stop: () => clearInterval(timer) };
}

const REVOKED =
  'What let this call in was revoked, has ended or does not permit it any more. Ask for another token, or join again.';
