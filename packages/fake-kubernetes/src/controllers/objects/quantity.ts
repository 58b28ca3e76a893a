const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** Reads a Kubernetes quantity such as `250m`, `64` or `256Gi` as a number; 0 for what is none. */
export function parseQuantity(quantity: string | number): number {
  const match = /^([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)([numkMGTP]|[KMGTP]i)?$/i.exec(String(quantity));
  return match === null ? 0 : Number(match[1]) * (factors[match[2] ?? ''] ?? 1);
}

/** Writes a number as a quantity, in thousandths where it is not whole. */
export function formatQuantity(value: number): string {
  return Number.isInteger(value) ? String(value) : `${Math.round(value * 1000)}m`;
}
