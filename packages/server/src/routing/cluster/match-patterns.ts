import type { MatchCondition } from '@sluice/core/traffic/split.ts';

/** Text as a part of a regular expression (RE2) that stands for itself. */
export const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

/** A regular expression for the whole of a header; anchored, since not every proxy compares the whole by itself. */
export const headerPattern = (condition: MatchCondition): string => `^${valuePattern(condition, '.*')}$`;

/** A regular expression for a Cookie header in which a cookie has the value of a condition. */
export const cookiePattern = (condition: MatchCondition): string =>
  String.raw`^(.*;\s*)?${literally(condition.name ?? '')}=${valuePattern(condition, '[^;]*')}(;.*)?$`;

function valuePattern({ equals, prefix, oneOf }: MatchCondition, rest: string): string {
  if (equals !== undefined) return literally(equals);
  if (prefix !== undefined) return `${literally(prefix)}${rest}`;
  return `(${(oneOf ?? []).map(literally).join('|')})`;
}
