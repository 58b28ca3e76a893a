import { exprFault, type ExprValue } from './expr-value.ts';
import { unescapeText } from './unescape-text.ts';

/** A word of an expression; `column` counts from 1. */
export interface Token {
  readonly kind: 'identifier' | 'value' | 'operator' | 'bracket' | 'end';
  readonly text: string;
  /** What a number or text stands for; nil for the others. */
  readonly value: ExprValue;
  readonly column: number;
}

const WORD_OPERATORS = new Set([
  'in',
  'or',
  'and',
  'not',
  'matches',
  'contains',
  'startsWith',
  'endsWith',
  'let',
  'if',
  'else',
]);

const SPACE = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)+/y;
const WORD = /[\p{L}_$][\p{L}\p{Nd}_$]*/uy;
const NUMBER =
  /0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?/y;
const QUOTED = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"/y;
const RAW = /`(?:[^`]|``)*`/y;
const OPERATOR = /\?\.|\?\?|\.\.|\|\||&&|==|!=|<=|>=|\*\*|::|[#?.,:;|+\-*/%^!<>=]/y;
const BRACKET = /[()[\]{}]/y;

/** Splits an expression into words. Throws a fault with the column of what it cannot read. */
export function readTokens(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = text.length - text.trimStart().length;
  while (at < text.length) {
    const token = tokenAt(text, at);
    if (token === undefined) throw exprFault(`unrecognized character ${JSON.stringify(text[at])}`, at + 1);
    if (token.length === 0) throw exprFault('a word was expected', at + 1);
    if (token.token !== null) tokens.push({ ...token.token, column: at + 1 });
    at += token.length;
  }
  tokens.push({ kind: 'end', text: 'the end', value: null, column: text.length + 1 });
  return tokens;
}

interface Found {
  readonly length: number;
  /** Null for spaces and comments. */
  readonly token: Omit<Token, 'column'> | null;
}

function tokenAt(text: string, at: number): Found | undefined {
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const space = take(SPACE);
  if (space !== undefined) return { length: space.length, token: null };
  if (text.startsWith('/*', at)) throw exprFault('the comment is not closed', at + 1);
  const word = take(WORD);
  if (word !== undefined) return found(WORD_OPERATORS.has(word) ? 'operator' : 'identifier', word);
  const number = take(NUMBER);
  if (number !== undefined) return numberFound(number, text, at);
  const quoted = take(QUOTED) ?? take(RAW);
  if (quoted !== undefined) return found('value', quoted, unescapeText(quoted, at + 1));
  if (/['"`]/.test(text[at] ?? '')) throw exprFault('the text is not closed', at + 1);
  const operator = take(OPERATOR);
  if (operator !== undefined) return found('operator', operator);
  const bracket = take(BRACKET);
  return bracket === undefined ? undefined : found('bracket', bracket);
}

const found = (kind: Token['kind'], text: string, value: ExprValue = null): Found => ({
  length: text.length,
  token: { kind, text, value },
});

function numberFound(number: string, text: string, at: number): Found {
  const next = text[at + number.length] ?? '';
  if (/[\p{L}\p{Nd}_$]/u.test(next)) throw exprFault(`bad number ${number}${next}`, at + 1);
  const digits = number.replaceAll('_', '').toLowerCase();
  if (!/^0[xob]/.test(digits) && /[.e]/.test(digits)) {
    const float = Number(digits);
    if (!Number.isFinite(float)) throw exprFault(`bad number ${number}`, at + 1);
    return found('value', number, float);
  }
  if (/^0[xob]?$/.test(digits) && digits !== '0') throw exprFault(`bad number ${number}`, at + 1);
  const value = BigInt(digits.replace(/^0+(?=\d)/, ''));
  if (value > 9_223_372_036_854_775_807n) throw exprFault(`the integer ${number} is too large`, at + 1);
  return found('value', number, value);
}
