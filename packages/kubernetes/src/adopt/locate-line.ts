import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter } from 'yaml';

/**
 * The line (from 1) on which the value at a path is written, counted at its key; where the path leads nowhere, the line
 * of the last part that is there.
 */
export function locateLine(
  document: Document,
  lines: LineCounter,
  path: readonly (string | number)[],
): number {
  let node: unknown = document.contents;
  let place = startOf(node);
  for (const part of path) {
    const whole = isAlias(node) ? node.resolve(document) : node;
    const found = inside(whole, part);
    if (found === undefined) break;
    place = startOf(found.shown) ?? place;
    node = found.value;
  }
  return Math.max(1, lines.linePos(place ?? 0).line);
}

function inside(
  node: unknown,
  part: string | number,
): { readonly value: unknown; readonly shown: unknown } | undefined {
  if (isSeq(node)) {
    const value = node.items[Number(part)];
    return value === undefined ? undefined : { value, shown: value };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(part));
  return pair === undefined ? undefined : { value: pair.value, shown: pair.key };
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
