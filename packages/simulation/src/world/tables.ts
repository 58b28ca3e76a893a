import type { Split } from '@sluice/core/traffic/split.ts';

/**
 * Reading splits, written again and not taken from the engine: the world and its checkers must not share a mistake
 * with what they judge.
 */

/** The weight of a revision in a split, in basis points. */
export function weightOf(split: Split | null, revision: string): number {
  let sum = 0;
  for (const weight of split?.weights ?? []) if (weight.revision === revision) sum += weight.basisPoints;
  return sum;
}

/** Whether a split may send a revision anything at all: by weight, by a match, or as a copy. */
export function reaches(split: Split, revision: string): boolean {
  return (
    weightOf(split, revision) > 0 ||
    split.matches.some((match) => match.revision === revision) ||
    split.mirror?.revision === revision
  );
}

/** Whether two splits say the same, whatever the order of the weights. */
export function sameTraffic(one: Split, other: Split): boolean {
  const revisions = new Set([...one.weights, ...other.weights].map(({ revision }) => revision));
  return (
    [...revisions].every((revision) => weightOf(one, revision) === weightOf(other, revision)) &&
    JSON.stringify(one.matches) === JSON.stringify(other.matches) &&
    one.mirror?.revision === other.mirror?.revision &&
    one.mirror?.basisPoints === other.mirror?.basisPoints
  );
}
