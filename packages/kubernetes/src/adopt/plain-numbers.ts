import type { ScalarTag } from 'yaml';

/** How a number begins; anything else is a word, whatever digits it holds. */
const BEGINS_AS_NUMBER = /^[-+.\d]/;
const WHOLE_NUMBER = /^([-+]?)(0x[\da-f]+|0o[0-7]+|0b[01]+|0[0-7]*|[1-9]\d*)$/i;
const DECIMAL = /^[-+]?(\.\d+|\d+(\.\d*)?)(e[-+]?\d+)?$/i;
/** Behind a point at the beginning, underscores stand between digits only; anywhere else they are passed over. */
const POINT_FIRST = /^\.\d+(_\d+)*(e[-+]?\d+(_\d+)*)?$/i;
/** What YAML 1.1 has and JSON has not. */
const NO_JSON = /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;
/** Whole numbers beyond 64 bits are none: those in decimals are then read as fractions are, the others are texts. */
const LARGEST = { '': 2n ** 64n - 1n, '+': 2n ** 63n - 1n, '-': 2n ** 63n } as const;

const INT = 'tag:yaml.org,2002:int';
const FLOAT = 'tag:yaml.org,2002:float';

/**
 * What a text without quotes is read as where numbers are concerned: as by kubectl, whose reader is the second version of
 * Go's yaml package. `e2` and `12:30` are texts, `0o7` and `0X1f` numbers. Bools and null are those of YAML 1.1.
 */
export const PLAIN_NUMBERS: readonly ScalarTag[] = [
  {
    tag: FLOAT,
    default: true,
    test: BEGINS_AS_NUMBER,
    resolve: (text, onError) => (NO_JSON.test(text) ? refuse(text, onError) : (numberIn(text) ?? text)),
  },
  // With the tag before it a text must be what the tag says.
  {
    tag: INT,
    default: false,
    resolve: (text, onError) => wholeNumberIn(text.replaceAll('_', '')) ?? refuse(text, onError),
  },
  { tag: FLOAT, default: false, resolve: (text, onError) => numberIn(text) ?? refuse(text, onError) },
];

function refuse(text: string, onError: (message: string) => void): string {
  onError(`${text} is no number of JSON`);
  return text;
}

function numberIn(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  if (text.startsWith('.')) return POINT_FIRST.test(text) ? finite(plain) : undefined;
  return wholeNumberIn(plain) ?? (DECIMAL.test(plain) ? finite(plain) : undefined);
}

function wholeNumberIn(plain: string): number | undefined {
  const [, sign, digits = ''] = WHOLE_NUMBER.exec(plain) ?? [];
  if (sign !== '' && sign !== '-' && sign !== '+') return undefined;
  // A leading 0 alone means octal, which JavaScript writes with an o.
  const size = BigInt(/^0\d/.test(digits) ? `0o${digits}` : digits);
  return size > LARGEST[sign] ? undefined : Number(sign === '-' ? -size : size);
}

/** What is too large for a number stays a text. */
function finite(plain: string): number | undefined {
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}
