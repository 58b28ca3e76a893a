import { exprFault } from './expr-value.ts';
import { NAMED_CLASSES, classOf, isWord, readClass } from './pattern-classes.ts';

const MAX_PATTERN_LENGTH = 500;
/** As in RE2. */
const MAX_REPEAT = 1000;
const MAX_DEPTH = 30;

/** A regular expression as a tree. `before` and `after` are code points, -1 at the ends of the text. */
export type PatternNode =
  | { readonly kind: 'character'; readonly accepts: (code: number) => boolean }
  | { readonly kind: 'assert'; readonly holds: (before: number, after: number) => boolean }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly choices: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly node: PatternNode;
      readonly least: number;
      /** Null: without end. */
      readonly most: number | null;
    };

/** Where reading stands. */
interface Reading {
  readonly source: string;
  at: number;
  depth: number;
  readonly flags: { readonly dotAll: boolean; readonly multiline: boolean };
}

/** Reads a regular expression in the syntax of RE2; with `(?i)` at its beginning the text must be put in lower case. */
export function parsePattern(source: string): { readonly node: PatternNode; readonly ignoreCase: boolean } {
  if (source.length > MAX_PATTERN_LENGTH)
    throw exprFault(`the regular expression is longer than ${MAX_PATTERN_LENGTH} characters`);
  const flags = /^\(\?([ims]+)\)/.exec(source)?.[1] ?? '';
  const ignoreCase = flags.includes('i');
  const rest = flags === '' ? source : source.slice(flags.length + 3);
  const reading: Reading = {
    source: ignoreCase ? lowerCased(rest) : rest,
    at: 0,
    depth: 0,
    flags: { dotAll: flags.includes('s'), multiline: flags.includes('m') },
  };
  const node = readChoice(reading);
  if (reading.at < reading.source.length) throw fault(reading, 'has a ) that nothing opened');
  return { node, ignoreCase };
}

/** Lower case but for escapes, where `\D` and `\d` differ. */
const lowerCased = (source: string): string =>
  source.replace(/\\.|[^\\]+/gs, (part) => (part.startsWith('\\') ? part : part.toLowerCase()));

const fault = ({ source }: Reading, says: string): Error =>
  exprFault(`the regular expression ${JSON.stringify(source)} ${says}`);

function readChoice(reading: Reading): PatternNode {
  reading.depth += 1;
  if (reading.depth > MAX_DEPTH) throw fault(reading, 'is nested too deeply');
  const choices = [readSequence(reading)];
  while (reading.source[reading.at] === '|') {
    reading.at += 1;
    choices.push(readSequence(reading));
  }
  reading.depth -= 1;
  const [only] = choices;
  return choices.length === 1 && only ? only : { kind: 'choice', choices };
}

function readSequence(reading: Reading): PatternNode {
  const parts: PatternNode[] = [];
  for (;;) {
    const character = reading.source[reading.at];
    if (character === undefined || character === '|' || character === ')') return { kind: 'sequence', parts };
    parts.push(readRepeated(readAtom(reading), reading));
  }
}

function readRepeated(node: PatternNode, reading: Reading): PatternNode {
  const count = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/.exec(reading.source.slice(reading.at));
  if (!count) return node;
  const [whole, least, comma, most] = count;
  reading.at += whole.length;
  if (/^[*+?{]/.test(reading.source.slice(reading.at)) && whole.startsWith('*'))
    throw fault(reading, `repeats what is repeated already`);
  if (least === undefined)
    return {
      kind: 'repeat',
      node,
      least: whole.startsWith('+') ? 1 : 0,
      most: whole.startsWith('?') ? 1 : null,
    };
  const atLeast = Number(least);
  const atMost = comma === undefined ? atLeast : most === '' || most === undefined ? null : Number(most);
  if (Math.max(atLeast, atMost ?? 0) > MAX_REPEAT)
    throw fault(reading, `repeats more than ${MAX_REPEAT} times`);
  if (atMost !== null && atMost < atLeast)
    throw fault(reading, `has the count ${whole}, which no number meets`);
  return { kind: 'repeat', node, least: atLeast, most: atMost };
}

function readAtom(reading: Reading): PatternNode {
  const character = String.fromCodePoint(reading.source.codePointAt(reading.at) ?? 0);
  reading.at += character.length;
  switch (character) {
    case '(':
      return readGroup(reading);
    case '[': {
      const { accepts, length } = readClass(reading.source.slice(reading.at));
      reading.at += length;
      return { kind: 'character', accepts };
    }
    case '.': {
      const { dotAll } = reading.flags;
      return { kind: 'character', accepts: (code) => dotAll || code !== 10 };
    }
    case '^':
      return beginning(reading.flags.multiline);
    case '$':
      return end(reading.flags.multiline);
    case '\\':
      return readEscape(reading);
    case '*':
    case '+':
    case '?':
      throw fault(reading, `has ${character} with nothing to repeat`);
    default:
      return literal(character);
  }
}

const beginning = (multiline: boolean): PatternNode => ({
  kind: 'assert',
  holds: (before) => before === -1 || (multiline && before === 10),
});

const end = (multiline: boolean): PatternNode => ({
  kind: 'assert',
  holds: (_, after) => after === -1 || (multiline && after === 10),
});

const literal = (character: string): PatternNode => {
  const wanted = character.codePointAt(0);
  return { kind: 'character', accepts: (code) => code === wanted };
};

function readGroup(reading: Reading): PatternNode {
  const kind = /^\?(?::|P?<\w+>)/.exec(reading.source.slice(reading.at))?.[0];
  if (kind !== undefined) reading.at += kind.length;
  else if (reading.source[reading.at] === '?')
    throw fault(
      reading,
      'has a group that RE2 does not have, such as look-ahead, or flags behind its beginning',
    );
  const node = readChoice(reading);
  if (reading.source[reading.at] !== ')') throw fault(reading, 'has a ( that nothing closes');
  reading.at += 1;
  return node;
}

function readEscape(reading: Reading): PatternNode {
  const character = reading.source[reading.at] ?? '';
  reading.at += 1;
  if (character === 'b')
    return { kind: 'assert', holds: (before, after) => isWord(before) !== isWord(after) };
  if (character === 'B')
    return { kind: 'assert', holds: (before, after) => isWord(before) === isWord(after) };
  if (character === 'A') return beginning(false);
  if (character === 'z') return end(false);
  const named = classOf(character);
  if (named) return { kind: 'character', accepts: named };
  const control = NAMED_CLASSES.controls[character];
  if (control !== undefined) return literal(control);
  if (character === '' || /[\p{L}\p{Nd}]/u.test(character))
    throw fault(reading, `has the escape \\${character}, which is not known`);
  return literal(character);
}
