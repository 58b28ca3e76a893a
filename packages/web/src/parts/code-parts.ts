/** What a piece of a text of code is. */
export type CodePart = 'comment' | 'key' | 'text' | 'number' | 'word' | 'plain';

/** A piece of a line, and what it is. */
export interface CodePiece {
  readonly part: CodePart;
  readonly text: string;
}

const PIECES: readonly (readonly [CodePart, RegExp])[] = [
  ['comment', /^#.*/],
  ['text', /^("(\\.|[^"\\])*"?|'([^'\\]|\\.)*'?)/],
  ['key', /^[A-Za-z_][\w./-]*(?=:(\s|$))/],
  ['number', /^-?\d[\d._]*\b/],
  ['word', /^(true|false|null|has|all|exists|exists_one|filter|map|size|in)\b/],
  ['plain', /^([A-Za-z_]\w*|\s+|.)/],
];

/** Splits a line of YAML, or of CEL within it, into pieces that are coloured; together they are the line. */
export function codePieces(line: string): readonly CodePiece[] {
  const pieces: CodePiece[] = [];
  let rest = line;
  while (rest !== '') {
    const [part, text] = firstOf(rest);
    const last = pieces.at(-1);
    if (last?.part === part) pieces[pieces.length - 1] = { part, text: last.text + text };
    else pieces.push({ part, text });
    rest = rest.slice(text.length);
  }
  return pieces;
}

function firstOf(rest: string): readonly [CodePart, string] {
  for (const [part, pattern] of PIECES) {
    const found = pattern.exec(rest)?.[0];
    if (found !== undefined && found !== '') return [part, found];
  }
  return ['plain', rest.slice(0, 1)];
}
