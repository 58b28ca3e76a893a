import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Phase } from '@sluice/core/rollout/state.ts';

/** How and when a rollout ended; null while it has not. */
export function rolloutEnd(
  phase: Phase,
): { readonly outcome: 'succeeded' | 'rolled-back'; readonly at: Instant } | null {
  const isOver = phase.name === 'succeeded' || phase.name === 'rolled-back';
  return isOver ? { outcome: phase.name, at: phase.at } : null;
}
