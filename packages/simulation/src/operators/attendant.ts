import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { RolloutCommand } from '@sluice/core/rollout/commands.ts';
import type { Rollout } from '@sluice/core/rollout/state.ts';

/** How long a rollout may wait for a person before one comes, in milliseconds: longer than a hold may last by itself. */
const COMES_AFTER_MS = 90_000;

/** What a person does who finds a rollout waiting for one; null while it does not wait, or not yet. */
export function attend({ phase }: Rollout, now: Instant): RolloutCommand | null {
  if (phase.name === 'stuck') return null;
  if (phase.name !== 'held' || now - phase.since < COMES_AFTER_MS) return null;
  switch (phase.reason.kind) {
    case 'gate':
      return null;
    case 'paused':
      return 'resume';
    case 'approval':
    case 'winner':
    case 'inconclusive':
    case 'no-data':
      return 'promote';
    case 'failing':
    case 'suspicious':
    case 'provider-error':
      return 'abort';
  }
}
