import type { StickyKey, MatchCondition } from '@sluice/core/traffic/split.ts';
import type { UserMatch } from '@sluice/core/rollout/step.ts';
import type { MatchesInput, StickyInput, UserInput } from '../language/traffic-language.ts';
import { listOf } from './strategy-body.ts';

type MatchInput = Extract<MatchesInput, readonly unknown[]>[number];
type ValueInput = NonNullable<MatchInput['header']>[string];

/** Who counts as a user: a header, a cookie or the address. */
export function resolveUser(user: UserInput | undefined): StickyKey | null {
  if (user === undefined) return null;
  if (user === 'address') return { by: 'address' };
  if (user.header !== undefined) return { by: 'header', name: user.header };
  return user.cookie === undefined ? null : { by: 'cookie', name: user.cookie };
}

/** Where a sticky key comes from; `user` is the one of the component. */
export const resolveSticky = (sticky: StickyInput | undefined, user: StickyKey | null): StickyKey | null =>
  sticky === 'user' ? user : resolveUser(sticky);

/** Matches as the router reads them; users become the header or cookie that names them. */
export function resolveMatches(
  matches: MatchesInput | undefined,
  user: StickyKey | null,
): readonly UserMatch[] {
  return listOf<MatchInput>(matches).map((match) => ({
    conditions: [
      ...Object.entries(match.header ?? {}).map(([name, value]) => condition({ on: 'header', name }, value)),
      ...Object.entries(match.cookie ?? {}).map(([name, value]) => condition({ on: 'cookie', name }, value)),
      ...(match.path === undefined ? [] : [{ on: 'path', prefix: match.path } as const]),
      ...userConditions(match.user, user),
    ],
  }));
}

function userConditions(users: MatchInput['user'], user: StickyKey | null): readonly MatchCondition[] {
  if (users === undefined || user === null || user.by === 'address') return [];
  return [condition({ on: user.by, name: user.name }, users)];
}

function condition(on: Pick<MatchCondition, 'on' | 'name'>, value: ValueInput): MatchCondition {
  if (typeof value === 'string') return { ...on, equals: value };
  return 'prefix' in value ? { ...on, prefix: value.prefix } : { ...on, oneOf: value };
}
