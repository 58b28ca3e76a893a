/** Resource quantities, canonical as the API server writes them (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). */

const nano = 10n ** 9n;
const decimalPowers: readonly (readonly [string, bigint])[] = [
  ['E', 10n ** 27n],
  ['P', 10n ** 24n],
  ['T', 10n ** 21n],
  ['G', 10n ** 18n],
  ['M', 10n ** 15n],
  ['k', 10n ** 12n],
  ['', nano],
  ['m', 10n ** 6n],
  ['u', 10n ** 3n],
  ['n', 1n],
];
const binaryPowers: readonly (readonly [string, bigint])[] = [
  ['Ei', 1024n ** 6n * nano],
  ['Pi', 1024n ** 5n * nano],
  ['Ti', 1024n ** 4n * nano],
  ['Gi', 1024n ** 3n * nano],
  ['Mi', 1024n ** 2n * nano],
  ['Ki', 1024n * nano],
];
const powers = new Map([...decimalPowers, ...binaryPowers]);

interface Quantity {
  readonly nanos: bigint;
  readonly binary: boolean;
  readonly exponent: boolean;
}

/** The value in thousand-millionths, so that every quantity is a whole number; undefined when it is none. */
export function quantityNanos(text: string): bigint | undefined {
  return parseQuantity(text)?.nanos;
}

/** The form in which the server stores a quantity, or undefined when it is none. */
export function canonicalQuantity(text: string): string | undefined {
  const quantity = parseQuantity(text);
  if (quantity === undefined) return undefined;
  if (quantity.exponent) return text;
  const { nanos } = quantity;
  if (nanos === 0n) return '0';
  const small = nanos > -1024n * nano && nanos < 1024n * nano;
  return (
    (quantity.binary && !small && inPowers(nanos, binaryPowers)) || inPowers(nanos, decimalPowers) || text
  );
}

/** Writes thousand-millionths in decimal form. */
export function renderNanos(nanos: bigint): string {
  return nanos === 0n ? '0' : (inPowers(nanos, decimalPowers) ?? '0');
}

function inPowers(nanos: bigint, from: readonly (readonly [string, bigint])[]): string | undefined {
  const fits = from.find(([, power]) => nanos % power === 0n);
  return fits && `${nanos / fits[1]}${fits[0]}`;
}

function parseQuantity(text: string): Quantity | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const exponent = /^[eE][+-]?\d/.test(suffix) ? Number(suffix.slice(1)) : undefined;
  const power =
    exponent === undefined ? (powers.get(suffix) ?? nano) : 10n ** BigInt(9 + Math.max(exponent, -9));
  const scale = 10n ** BigInt(fraction.length);
  const digits = BigInt(whole + fraction || '0') * power;
  // What is smaller than a thousand-millionth is rounded up, as the server does.
  const nanos = (digits + scale - 1n) / scale;
  return {
    nanos: sign === '-' ? -nanos : nanos,
    binary: suffix.endsWith('i'),
    exponent: exponent !== undefined,
  };
}
