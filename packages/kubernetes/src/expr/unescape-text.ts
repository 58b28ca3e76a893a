import { exprFault } from './expr-value.ts';

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
};
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([^]))/g;

/** What a text in quotes or backquotes stands for. Throws a fault for an escape that Go does not know. */
export function unescapeText(quoted: string, column: number): string {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith('`')) return inner.replaceAll('``', '`');
  return inner.replace(ESCAPE, (whole, hex, short, long, octal, simple) => {
    const code =
      octal === undefined ? Number.parseInt(hex ?? short ?? long ?? '', 16) : Number.parseInt(octal, 8);
    if (!Number.isNaN(code) && code <= 0x10_ff_ff) return String.fromCodePoint(code);
    const character = SIMPLE[String(simple)];
    if (character === undefined) throw exprFault(`unknown escape ${whole}`, column);
    return character;
  });
}
