import type { Fault } from '../diagnostics/diagnostic.ts';
import type { SourcePath } from '../document/source-value.ts';
import { decided } from '../resolve/placed-component.ts';
import type { PlacedStrategy } from '../resolve/placed-strategy.ts';
import { baseOf, bodyOf, listOf, stepsOf } from '../resolve/strategy-body.ts';
import type { PairRule } from './rule.ts';

/** What a strategy asks of users, and where. */
interface UserDemand {
  readonly path: SourcePath;
  readonly says: string;
  /** Whether an address will do. */
  readonly byAddress: boolean;
}

/** A strategy that speaks of users goes with a component that says what names a user. */
export const usersAreNamed: PairRule = (component, strategy) => {
  const user = decided(component, 'user');
  if (user && user.value === undefined) return [];
  return demandsOf(strategy)
    .filter(({ byAddress }) => user === undefined || (user.value === 'address' && !byAddress))
    .map(({ path, says }): Fault => {
      const lack = user ? `names users by their address` : 'does not say what names a user';
      const remedy = 'give it "user: { header: X-User }" or "user: { cookie: uid }"';
      return { path, at: 'value', says: `${says}, but component ${component.name} ${lack}; ${remedy}` };
    });
};

function demandsOf(strategy: PlacedStrategy): readonly UserDemand[] {
  const { base, path } = baseOf(strategy);
  const plan = stepsOf(strategy);
  const shifts = plan.steps.flatMap((step, index) => {
    const shift = typeof step === 'object' && typeof step.shift === 'object' ? step.shift : {};
    return userDemands(shift, [...plan.path, index, 'shift']);
  });
  const phases = (bodyOf(strategy, 'canary').phases ?? []).flatMap((phase, index) =>
    userDemands(phase ?? {}, [...path, 'phases', index]),
  );
  const own = userDemands({ sticky: base.sticky, match: bodyOf(strategy, 'ab').match }, path);
  return [...own, ...equalSplit(strategy, path), ...phases, ...shifts];
}

/** An A/B test without matches gives half of the users to each version. */
function equalSplit(strategy: PlacedStrategy, path: SourcePath): readonly UserDemand[] {
  if (strategy.kind !== 'ab') return [];
  const body = bodyOf(strategy, 'ab');
  return 'match' in body || 'sticky' in body ? [] : [{ path, says: 'splits by users', byAddress: true }];
}

type Match = Parameters<typeof listOf<{ readonly user?: unknown } | undefined>>[0];

function userDemands(
  { sticky, match }: { readonly sticky?: unknown; readonly match?: Match },
  path: SourcePath,
): readonly UserDemand[] {
  const one = !Array.isArray(match);
  const matches = listOf(match).flatMap((entry, index) =>
    entry?.user === undefined
      ? []
      : [
          {
            path: [...path, 'match', ...(one ? [] : [index]), 'user'],
            says: 'matches users',
            byAddress: false,
          },
        ],
  );
  const keep = sticky === 'user' ? [{ path: [...path, 'sticky'], says: 'is by user', byAddress: true }] : [];
  return [...keep, ...matches];
}
