import type { Waiting } from '../../access/sign-in-refusals.ts';
import type { LimitOf } from '../../limits/asker.ts';
import type { Standing } from '../../limits/request-limiter.ts';
import type { FlightKind } from '../../limits/request-limits.ts';
import { problem } from '../exchange/problems.ts';

/** Whoever asks too often is told the limit, and when the next is answered. */
export function tooManyRequests({ kind, of, pace, allowance }: Standing): Waiting {
  const wait = secondsOf(allowance.waitMs);
  return waiting(wait, {
    code: 'too-many-requests',
    detail: `${WHOSE[of]} sends more requests that count as ${kind} than this server allows: ${pace.perSecond} a second, ${pace.burst} at once.`,
    remedy: `Ask again in ${wait} s, and less often. Nothing of the request was done. Whoever runs the control plane sets the limit by --rate-limit.`,
  });
}

/** Whoever has more under way than may be is told so; nobody knows when something ends. */
export const tooManyAtOnce = (kind: FlightKind, of: LimitOf): Waiting =>
  waiting(1, {
    code: 'too-many-at-once',
    detail: `${WHOSE[of]} has as many ${kind === 'streams' ? 'event streams' : 'requests'} open as this server allows at the same time.`,
    remedy:
      'Wait until some of them have ended. Nothing of the request was done. Whoever runs the control plane sets the limit by --in-flight.',
  });

/** From where so much came that was nobody's, what is not known yet is not looked at. */
export function tooManyGuesses(waitMs: number): Waiting {
  const wait = secondsOf(waitMs);
  return waiting(wait, {
    code: 'too-many-guesses',
    detail:
      'From your address came so many tokens or sessions that are nobody’s that others are not looked at now.',
    remedy: `Try again in ${wait} s with a valid token: \`sluice login\` gets one. Whoever came in by a token before is not kept waiting.`,
  });
}

const WHOSE: Readonly<Record<LimitOf, string>> = {
  caller: 'You, or who uses the same name or address,',
  organisation: 'Your organisation',
};

const secondsOf = (waitMs: number): number => Math.max(1, Math.ceil(waitMs / 1000));

const waiting = (
  retryAfterSeconds: number,
  words: { readonly code: string; readonly detail: string; readonly remedy: string },
): Waiting => ({ ...problem({ status: 429, ...words }), retryAfterSeconds });
