import type { MatchCondition } from '@sluice/core/traffic/split.ts';

/** What a rule asks of a path; a pattern is a regular expression of somebody else's. */
export type PathTest =
  | { readonly kind: 'exact'; readonly value: string }
  | { readonly kind: 'prefix'; readonly value: string }
  | { readonly kind: 'pattern'; readonly value: string };

/** Whether a path, or every path that begins with it, begins with a prefix: by letters, or by whole segments. */
export type Begins = (path: string, prefix: string) => boolean;

/** As the condition of a split and the VirtualService mean it. */
export const byLetters: Begins = (path, prefix) => path.startsWith(prefix);

/** As the Gateway API means it: `/a` and `/a/` both hold for `/a` and `/a/b`, neither for `/ab`. */
export const bySegments: Begins = (path, prefix) => {
  const bare = prefix.replace(/\/$/, '');
  return path === bare || `${path}/`.startsWith(`${bare}/`);
};

/**
 * The paths for which both hold, as tests of which any one must hold; none when no path can do both.
 * @returns undefined when that cannot be said, which is so with patterns
 */
export function bothTests(
  own: PathTest | undefined,
  condition: MatchCondition,
  begins: Begins,
): readonly PathTest[] | undefined {
  if (own?.kind === 'pattern') return undefined;
  const { prefix } = condition;
  if (prefix === undefined) {
    const values = condition.equals === undefined ? (condition.oneOf ?? []) : [condition.equals];
    return values.filter((value) => holds(own, value, begins)).map((value) => ({ kind: 'exact', value }));
  }
  if (own === undefined || (own.kind === 'prefix' && begins(prefix, own.value)))
    return [{ kind: 'prefix', value: prefix }];
  return begins(own.value, prefix) ? [own] : [];
}

const holds = (own: PathTest | undefined, path: string, begins: Begins): boolean => {
  if (own === undefined) return true;
  return own.kind === 'exact' ? own.value === path : begins(path, own.value);
};
