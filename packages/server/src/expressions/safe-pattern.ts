import { RE2JS } from '@bufbuild/re2';

/** Patterns that are kept compiled. */
const MOST_KEPT = 200;
/** A longer pattern is a program. */
const LONGEST_PATTERN = 2_000;
const kept = new Map<string, RE2JS>();

/**
 * Compiles a regular expression in RE2's language, whose time grows with the text alone.
 * @throws Error what is wrong with the pattern
 */
export function safePattern(pattern: string): RE2JS {
  const present = kept.get(pattern);
  if (present) return present;
  if (pattern.length > LONGEST_PATTERN)
    throw new RangeError(`a pattern is at most ${LONGEST_PATTERN} characters long`);
  const compiled = RE2JS.compile(pattern);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(pattern, compiled);
  return compiled;
}
