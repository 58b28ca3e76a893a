import type { Instant } from '@sluice/core/kernel/instant.ts';

/**
 * A past fact about the store and not about a rollout: it had gone back, as after the restore of a backup, and a track's
 * version was raised above the generations that had given orders. It changes nothing of the track's state.
 */
export interface GenerationRaised {
  readonly kind: 'generationRaised';
  readonly at: Instant;
  readonly from: number;
  readonly to: number;
  /** The generation that was found obeyed. */
  readonly held: number;
}

/** The fact in words. */
export const describeRaise = ({ from, to, held }: GenerationRaised): string =>
  `the store had gone back: an order of generation ${held} was obeyed before, and the track was at ${from}; it goes on at ${to}`;
