import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import { createHash } from 'node:crypto';
import type { Fence } from '../disk/track-record.ts';

/** An order as the fence sees it. */
export interface FencedOrder {
  readonly generation: number;
  /** What the order is about: `split`, or `revision <id>`. */
  readonly thing: string;
  readonly content: unknown;
}

/**
 * Lets an order through when its generation is at least the highest seen, and when that generation has not ordered
 * something else for the same thing. The same order again is let through: whatever it asks for is idempotent.
 * @returns the fence after the order
 */
export function throughFence(fence: Fence, order: FencedOrder): Result<Fence> {
  const { generation, thing } = order;
  if (generation < fence.generation)
    return refuse(
      'stale-generation',
      `The order for ${thing} comes from generation ${generation}, and generation ${fence.generation} has already given orders.`,
      'Read the current state and decide again.',
    );
  const digest = createHash('sha256').update(canonicalJson(order.content)).digest('hex').slice(0, 32);
  // Digests of lower generations are not needed: those are refused by their number.
  const digests = generation > fence.generation ? {} : fence.digests;
  const earlier = Object.hasOwn(digests, thing) ? digests[thing] : undefined;
  if (earlier !== undefined && earlier !== digest)
    return refuse(
      'generation-reused',
      `Generation ${generation} has already ordered something else for ${thing}.`,
      'Commit the new content under a higher generation.',
    );
  return ok({ generation, digests: { ...digests, [thing]: digest } });
}
