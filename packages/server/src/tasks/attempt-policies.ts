import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { RetryPolicy } from '@sluice/core/tasks/after-failure.ts';
import type { PriceSpec } from '@sluice/core/tasks/attempt-report.ts';

/** What decides on the attempts of a revision. */
export interface AttemptPolicy {
  readonly retry: RetryPolicy;
  readonly prices: PriceSpec;
}

/** The policy of a revision. */
export type AttemptPolicies = (
  tenant: string,
  queue: TrackId,
  revision: RevisionId,
) => Promise<AttemptPolicy>;
