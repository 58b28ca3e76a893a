import type { MatchCondition } from '@sluice/core/traffic/split.ts';

/** Text as a part of a regular expression (RE2) that stands for itself. */
export const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);

/** A regular expression for the whole value of a condition. */
export function valuePattern({ equals, prefix, oneOf }: MatchCondition): string {
  if (equals !== undefined) return literally(equals);
  if (prefix !== undefined) return `${literally(prefix)}.*`;
  return `(${(oneOf ?? []).map(literally).join('|')})`;
}

/** A regular expression for a Cookie header in which a cookie has the value of a condition. */
export function cookiePattern(condition: MatchCondition): string {
  const value = valuePattern(condition).replace(/\.\*$/, '[^;]*');
  return `^(.*;\\s*)?${literally(condition.name ?? '')}=${value}(;.*)?$`;
}
