import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { HeldGeneration } from '@sluice/core/kernel/held-generation.ts';
import type { SplitRequest } from '../traffic-router.ts';
import type { TrackOrder } from './router-state.ts';

/** The content of an order, without its generation. */
export const orderText = ({ split, route, request }: SplitRequest): string =>
  canonicalJson({ split, route, request });

/**
 * Refuses an order of a generation that has been overtaken, or that has ordered something else before.
 * @throws SluiceError `refused-as-stale`
 */
export function requireCurrent(earlier: TrackOrder | undefined, request: SplitRequest): void {
  if (earlier === undefined || earlier.generation < request.generation) return;
  const { track, generation } = request;
  if (earlier.generation === generation && earlier.order === orderText(request)) return;
  const isReused = earlier.generation === generation;
  const message = isReused
    ? `Generation ${generation} has already ordered another split of ${track}; commit the new one under a higher generation.`
    : `The split of ${track} comes from generation ${generation}, and generation ${earlier.generation} has already been applied; read the current state and decide again.`;
  const cause: HeldGeneration = { heldGeneration: earlier.generation, isReused };
  throw new SluiceError('refused-as-stale', message, { next: 'retry', cause });
}
