import type { Difference } from './adoption.ts';

/** More places than these are counted and not listed. */
const LISTED_PLACES = 4;

/**
 * Each difference once, where it is met first; the other places at which the same is said stand behind its message. A
 * template that three steps run, or a setting that five workloads have, would otherwise bury the rest.
 */
export function mergedDifferences(differences: readonly Difference[]): readonly Difference[] {
  const byMessage = new Map<string, Difference[]>();
  for (const difference of differences) {
    const same = byMessage.get(difference.message) ?? [];
    if (!same.some((one) => isSamePlace(one, difference))) same.push(difference);
    byMessage.set(difference.message, same);
  }
  return [...byMessage.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, message: `${first.message}${alsoAt(first, others)}` }],
  );
}

const isSamePlace = (one: Difference, other: Difference): boolean =>
  one.file === other.file && one.line === other.line && one.path === other.path;

function alsoAt({ file }: Difference, others: readonly Difference[]): string {
  if (others.length === 0) return '';
  const lines = others.map((other) =>
    other.file === file ? `line ${other.line}` : `${other.file}:${other.line}`,
  );
  const places = [...new Set(lines)];
  const more = places.length - LISTED_PLACES;
  const listed = places.slice(0, LISTED_PLACES).join(', ');
  return ` (The same at ${listed}${more > 0 ? ` and ${more} more` : ''}.)`;
}
