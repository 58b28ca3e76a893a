import type { RE2JS } from '@bufbuild/re2';
import { safePattern } from '../expressions/safe-pattern.ts';

/** What stands where something was. */
const BLOT = '[secret]';
/** Longer words are taken apart, so that no pattern looks at more at once. */
const LONGEST_WORD = 8_192;
/** Lines that are looked at word by word; a text of more is shown without what is beyond. */
const LONGEST_TEXT = 8_000_000;

/**
 * Forms that tokens have by themselves: of GitHub, GitLab, Slack, AWS, Google, Stripe, npm, Sluice; JSON web tokens; private keys; and
 * passwords within URLs.
 */
const TOKEN_FORMS: readonly string[] = [
  'gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}',
  'xox[abeoprs]-[A-Za-z0-9-]{10,}|hooks[.]slack[.]com/services/[A-Z0-9/a-z]+',
  '(AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}|[sr]k_live_[A-Za-z0-9]{16,}|npm_[A-Za-z0-9]{36}|slu_[A-Za-z0-9_-]{16,}',
  'eyJ[A-Za-z0-9_-]{8,}[.]eyJ[A-Za-z0-9_-]{8,}[.][A-Za-z0-9_-]*',
  '[a-z][a-z0-9+.-]*://[^/\\s:@]*:[^/\\s@]+@',
];

/** Blots things out of text. */
export type Mask = (text: string) => string;

/**
 * A mask of patterns, beside the common forms of tokens: a word in which one is found is blotted out, and where one is found
 * only across words, the line. In time that grows with the text and the number of patterns.
 * @throws Error what is wrong with a pattern
 */
export function maskOf(patterns: readonly string[]): Mask {
  const compiled = [...TOKEN_FORMS, ...patterns].map(safePattern);
  return (text) => {
    const isKey = withinKeys();
    const lines = text.slice(0, LONGEST_TEXT).split('\n');
    return lines.map((line) => (isKey(line) ? BLOT : maskedLine(compiled, line))).join('\n');
  };
}

function maskedLine(patterns: readonly RE2JS[], line: string): string {
  const found = patterns.filter((pattern) => pattern.test(line));
  if (found.length === 0) return line;
  const masked = line.replace(/[^\s"'`,;()[\]{}<>]+/g, (word) => maskedWord(found, word));
  return found.some((pattern) => pattern.test(masked)) ? BLOT : masked;
}

function maskedWord(patterns: readonly RE2JS[], word: string): string {
  if (word.length > LONGEST_WORD) return BLOT;
  if (!patterns.some((pattern) => pattern.test(word))) return word;
  // Of `password=abc` the name may stay, unless it is what was looked for.
  const [, name, value = ''] = /^([A-Za-z_.-]{1,60}[=:])(.+)$/.exec(word) ?? [];
  const isInValue = name !== undefined && patterns.some((pattern) => pattern.test(value));
  return isInValue ? `${name}${BLOT}` : BLOT;
}

/** Tells of lines, in their order, whether they are part of a private key: they hold no word that says so. */
function withinKeys(): (line: string) => boolean {
  let isWithin = false;
  return (line) => {
    const wasWithin = isWithin;
    if (KEY_BEGINS.test(line)) isWithin = true;
    else if (KEY_ENDS.test(line) || !KEY_LINE.test(line)) isWithin = false;
    return isWithin || (wasWithin && KEY_ENDS.test(line));
  };
}

const KEY_BEGINS = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY/;
const KEY_ENDS = /-----END [A-Z ]{0,30}PRIVATE KEY/;
/** A line of base64, of one instance among others or not. */
const KEY_LINE = /^(\d{1,5} \| )?\s{0,20}[A-Za-z0-9+/=]{1,100}\s{0,20}$/;
