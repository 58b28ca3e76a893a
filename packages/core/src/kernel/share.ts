/** The whole of the traffic, in basis points. */
export const WHOLE_BASIS_POINTS = 10_000;

/**
 * Reads a share as people write it: `5%`, `0.5%`, `100%`.
 * @returns basis points, an integer from 0 to 10,000, or undefined when it is not a share that basis points can hold
 */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d{1,2})?)%$/.exec(text.trim());
  if (!match) return undefined;
  const basisPoints = Math.round(Number(match[1]) * 100);
  return basisPoints <= WHOLE_BASIS_POINTS ? basisPoints : undefined;
}

/** Writes basis points as a percentage: 525 becomes `5.25%`. */
export const formatShare = (basisPoints: number): string => `${basisPoints / 100}%`;
