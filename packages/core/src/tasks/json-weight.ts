/**
 * Whether the JSON of a value surely has more than so many bytes. Looks at no more of the value than it takes to know that:
 * one that is put together of references to the same few large parts can stand for more text than there is memory.
 * What is not surely heavier has less than 30 times as many bytes.
 */
export function isHeavierThan(value: unknown, bytes: number): boolean {
  const open: unknown[] = [value];
  let weight = 0;
  while (open.length > 0 && weight <= bytes) {
    const part = open.pop();
    weight += leastBytes(part);
    if (weight > bytes || typeof part !== 'object' || part === null) continue;
    for (const inner of Object.values(part)) open.push(inner);
  }
  return weight > bytes;
}

/** The least that a value takes by itself: quotes, brackets, names and what stands between its parts. */
function leastBytes(part: unknown): number {
  if (typeof part === 'string') return part.length + 2;
  if (Array.isArray(part)) return Math.max(2, part.length + 1);
  if (typeof part !== 'object' || part === null) return 1;
  // Quotes and colon of each name, a comma between each two, and the braces.
  return Object.keys(part).reduce((sum, name) => sum + name.length + 4, 1);
}
