import type { Join } from './workflow-spec.ts';

/** A join in numbers: of how many others so many have to succeed, and whether all have to end first. */
export interface JoinNeed {
  readonly needed: number;
  readonly waitsForAll: boolean;
}

/** What is known of the tasks that another one waits for. */
export interface JoinCount {
  readonly total: number;
  readonly ended: number;
  readonly succeeded: number;
}

/** The numbers of a join over so many tasks. */
export function joinNeed(join: Join, total: number): JoinNeed {
  if (join === 'settled') return { needed: 0, waitsForAll: true };
  if (join === 'all') return { needed: total, waitsForAll: false };
  return { needed: Math.min(total, join === 'any' ? 1 : join.quorum), waitsForAll: false };
}

/**
 * Whether a task may begin. Once it is `ready` or `impossible` nothing that ends later changes that, so that it does not matter
 * in which order ends are heard of.
 */
export function joinVerdict(
  { needed, waitsForAll }: JoinNeed,
  { total, ended, succeeded }: JoinCount,
): 'wait' | 'ready' | 'impossible' {
  if (waitsForAll) return ended >= total ? 'ready' : 'wait';
  if (succeeded >= needed) return 'ready';
  return succeeded + (total - ended) < needed ? 'impossible' : 'wait';
}
