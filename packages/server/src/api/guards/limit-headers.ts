import type { LimitOf } from '../../limits/asker.ts';
import type { Standing } from '../../limits/request-limiter.ts';
import type { RateKind } from '../../limits/request-limits.ts';

/**
 * What an answer says of the limits that its request met: `RateLimit-Policy` with quota and window in seconds, and `RateLimit`
 * with what remains and the seconds until all is there again (draft-ietf-httpapi-ratelimit-headers-10).
 */
export function limitHeaders(standings: readonly Standing[]): readonly (readonly [string, string])[] {
  if (standings.length === 0) return [];
  const policies = standings.map(
    ({ kind, of, pace }) =>
      `"${nameOf(kind, of)}";q=${pace.burst};w=${Math.ceil(pace.burst / pace.perSecond)}`,
  );
  const left = standings.map(
    ({ kind, of, allowance }) =>
      `"${nameOf(kind, of)}";r=${allowance.left};t=${Math.ceil(allowance.restMs / 1000)}`,
  );
  return [
    ['ratelimit-policy', policies.join(', ')],
    ['ratelimit', left.join(', ')],
  ];
}

const nameOf = (kind: RateKind, of: LimitOf): string => (of === 'caller' ? kind : `${of}-${kind}`);
