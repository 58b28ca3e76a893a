import { exprFault } from './expr-value.ts';

/** Whether a character is in a class. */
export type Accepts = (code: number) => boolean;

const between = (from: string, to: string): Accepts => {
  const [low, high] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0];
  return (code) => code >= low && code <= high;
};
const isDigit = between('0', '9');
const isLower = between('a', 'z');
const isUpper = between('A', 'Z');
const isSpace: Accepts = (code) => code === 32 || code === 9 || code === 10 || code === 12 || code === 13;

/** Letters, digits and the underscore of ASCII, as in RE2. */
export const isWord: Accepts = (code) => isDigit(code) || isLower(code) || isUpper(code) || code === 95;

/** Characters that have a name after a backslash. */
export const NAMED_CLASSES: {
  readonly controls: Readonly<Record<string, string>>;
  readonly posix: Readonly<Record<string, Accepts>>;
} = {
  controls: { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', a: '\u0007' },
  posix: {
    alpha: (code) => isLower(code) || isUpper(code),
    digit: isDigit,
    alnum: (code) => isLower(code) || isUpper(code) || isDigit(code),
    lower: isLower,
    upper: isUpper,
    space: (code) => isSpace(code) || code === 11,
    word: isWord,
    xdigit: (code) => isDigit(code) || between('a', 'f')(code) || between('A', 'F')(code),
  },
};

/** The class behind a letter after a backslash, such as `d`; undefined when there is none. */
export function classOf(letter: string): Accepts | undefined {
  const base = { d: isDigit, w: isWord, s: isSpace }[letter.toLowerCase()];
  if (base === undefined || letter === letter.toLowerCase()) return base;
  return (code) => !base(code);
}

const ITEM = /\[:(\^?)(\w+):\]|\\(.)|(.)/suy;

/** Reads a class such as `[^a-z\d]` from behind its `[`; the length includes the `]`. */
export function readClass(rest: string): { readonly accepts: Accepts; readonly length: number } {
  const negated = rest.startsWith('^');
  const parts: Accepts[] = [];
  let at = negated ? 1 : 0;
  const first = at;
  while (rest[at] !== ']' || at === first) {
    ITEM.lastIndex = at;
    const item = ITEM.exec(rest);
    if (!item) throw exprFault('the regular expression has a [ that nothing closes');
    at += item[0].length;
    const range = rest[at] === '-' && rest[at + 1] !== ']' ? /^-(\\?)(.)/su.exec(rest.slice(at)) : null;
    if (range && singleOf(item) !== undefined) {
      at += range[0].length;
      parts.push(rangeOf(singleOf(item) ?? '', range[2] ?? ''));
    } else parts.push(acceptsOf(item));
  }
  const accepts: Accepts = (code) => parts.some((part) => part(code)) !== negated;
  return { accepts, length: at + 1 };
}

/** The one character that an item stands for; undefined for a class. */
function singleOf([, , posix, escaped, plain]: RegExpExecArray): string | undefined {
  if (posix !== undefined) return undefined;
  if (escaped === undefined) return plain;
  if (classOf(escaped)) return undefined;
  return NAMED_CLASSES.controls[escaped] ?? escaped;
}

function acceptsOf(item: RegExpExecArray): Accepts {
  const [, negated, posix, escaped] = item;
  if (posix !== undefined) {
    const named = NAMED_CLASSES.posix[posix];
    if (!named) throw exprFault(`the regular expression has the unknown class [:${posix}:]`);
    return negated === '^' ? (code) => !named(code) : named;
  }
  const named = escaped === undefined ? undefined : classOf(escaped);
  if (named) return named;
  const wanted = singleOf(item)?.codePointAt(0);
  return (code) => code === wanted;
}

function rangeOf(from: string, to: string): Accepts {
  if ((from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0))
    throw exprFault(`the regular expression has the range ${from}-${to}, which holds nothing`);
  return between(from, to);
}
