/** A number of pods, or a share of them such as `25%`. */
export type IntOrPercent = number | string;

/** Resolves a number or a percentage of a whole; a percentage is rounded up or down as told. */
export function resolveIntOrPercent(
  value: IntOrPercent | undefined,
  whole: number,
  rounding: 'up' | 'down',
): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const share = (Number.parseInt(value, 10) * whole) / 100;
  return rounding === 'up' ? Math.ceil(share) : Math.floor(share);
}
