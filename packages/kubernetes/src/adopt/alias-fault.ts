/** Values with aliases followed: ten times what the longest file without aliases is likely to hold. */
const MAX_VALUES = 500_000;
/** Deeper than any schema of Kubernetes by far. */
const MAX_DEPTH = 100;

/**
 * What is wrong with a value in which one part may stand at several places: it contains itself, or holds more than
 * 500,000 values or 100 levels once every place is counted. Undefined when it may be walked without care.
 */
export function aliasFault(value: unknown): string | undefined {
  const sizes = new Map<object, number | 'open'>();
  let fault: string | undefined;
  const sizeOf = (part: unknown, depth: number): number => {
    if (fault !== undefined || typeof part !== 'object' || part === null) return 1;
    const known = sizes.get(part);
    if (known === 'open') fault = 'An anchor is used inside of itself.';
    if (depth > MAX_DEPTH) fault = `It is nested more than ${MAX_DEPTH} levels deep.`;
    if (known !== undefined || fault !== undefined) return typeof known === 'number' ? known : 1;
    sizes.set(part, 'open');
    let size = 1;
    for (const inner of Object.values(part)) size += sizeOf(inner, depth + 1);
    if (size > MAX_VALUES) fault ??= `It holds more than ${MAX_VALUES} values once its aliases are followed.`;
    sizes.set(part, size);
    return size;
  };
  sizeOf(value, 0);
  return fault;
}
