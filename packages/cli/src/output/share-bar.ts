import type { Style } from './style.ts';

/** A share as a bar; what is not zero shows at least one block, what is not all leaves at least one free. */
export function shareBar(basisPoints: number, width: number, { symbols }: Style): string {
  if (width <= 0) return '';
  const exact = Math.round((basisPoints / 10_000) * width);
  const full = basisPoints <= 0 ? 0 : basisPoints >= 10_000 ? width : Math.min(width - 1, Math.max(1, exact));
  return symbols.full.repeat(full) + symbols.empty.repeat(width - full);
}
