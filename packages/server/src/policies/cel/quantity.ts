/** A number with a unit as Kubernetes writes it, `500m` or `1Gi`; exact to a billionth. */
export class Quantity {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

const BILLION = 1_000_000_000n;
const FORM = /^([+-]?)(\d{0,18})(?:\.(\d{0,18}))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2})?$/;
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Reads a quantity; null when the text is none. */
export function readQuantity(text: string): Quantity | null {
  const [, sign, whole = '', fraction = '', suffix = ''] = FORM.exec(text) ?? [];
  if (sign === undefined || (whole === '' && fraction === '')) return null;
  const scale = scaleOf(suffix);
  const digits = BigInt(`${whole}${fraction}` || '0') * scale.up * BILLION;
  const divisor = 10n ** BigInt(fraction.length) * scale.down;
  // As Kubernetes does: what is finer than a billionth is rounded away from zero.
  const nanos = (digits + divisor - 1n) / divisor;
  return new Quantity(sign === '-' ? -nanos : nanos);
}

function scaleOf(suffix: string): { readonly up: bigint; readonly down: bigint } {
  if (suffix.endsWith('i')) return { up: 1024n ** BigInt(BINARY.indexOf(suffix)), down: 1n };
  const exponent = /^[eE][+-]?\d/.test(suffix) ? Number(suffix.slice(1)) : 3 * (DECIMAL.indexOf(suffix) - 3);
  return exponent >= 0
    ? { up: 10n ** BigInt(exponent), down: 1n }
    : { up: 1n, down: 10n ** BigInt(-exponent) };
}

/** Whether it is a whole number that 64 bits hold. */
export const isWhole = ({ nanos }: Quantity): boolean => {
  const value = nanos / BILLION;
  return nanos % BILLION === 0n && BigInt.asIntN(64, value) === value;
};

/**
 * The whole number that a quantity is.
 * @throws RangeError when it is none
 */
export function wholeNumber(quantity: Quantity): bigint {
  if (!isWhole(quantity)) throw new RangeError('cannot convert value to integer');
  return quantity.nanos / BILLION;
}

/** The nearest double. */
export const approximately = ({ nanos }: Quantity): number =>
  Number(nanos / BILLION) + Number(nanos % BILLION) / 1e9;

/** -1, 0 or 1, as the first is less, equal or more. */
export const compareQuantities = (a: Quantity, b: Quantity): bigint =>
  a.nanos < b.nanos ? -1n : a.nanos > b.nanos ? 1n : 0n;
