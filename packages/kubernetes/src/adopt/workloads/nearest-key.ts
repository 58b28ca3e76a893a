/** Slips of a finger that still count as the same word. */
const MAX_SLIPS = 2;

/** The known key that somebody most likely meant, or undefined when none is near; case does not count. */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, slips: slips(key.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, slips }) => slips <= MAX_SLIPS && slips < candidate.length / 2)
    .sort((left, right) => left.slips - right.slips);
  return ranked[0]?.candidate;
}

/** Letters to change, add or leave out until one word is the other (Levenshtein's distance). */
function slips(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 0; i < left.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < right.length; j += 1) {
      const changed = (row[j] ?? 0) + (left[i] === right[j] ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
