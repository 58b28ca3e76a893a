import { formatMinute } from '../kernel/civil-date.ts';
import type { Instant } from '../kernel/instant.ts';
import type { Gate } from './gate.ts';
import { describeScope, type GatePlace, type GateScope, isWithin } from './gate-scope.ts';

/** That nothing goes out somewhere for a time, and why. */
export interface Freeze {
  readonly name: string;
  readonly scope: GateScope;
  readonly reason: string;
  readonly from: Instant;
  /** Null: until somebody lifts it. */
  readonly until: Instant | null;
  readonly by: string;
  /** Whether it holds in every organisation; then whoever runs the control plane has declared it. */
  readonly isSystemWide?: boolean;
  /** `starts`: what is under way may finish; `everything`: the line stands still. */
  readonly holds: 'starts' | 'everything';
}

/** The freezes that keep a release from going out at a place now, as gates. */
export const freezeGates = (freezes: readonly Freeze[], place: GatePlace, now: Instant): readonly Gate[] =>
  freezes
    .filter((freeze) => isFrozen(freeze, now) && isWithin(place, freeze.scope))
    .map(({ name, scope, reason, until, by, holds, isSystemWide }) => ({
      kind: 'freeze',
      name,
      isOpen: false,
      words: `the freeze "${name}" of ${describeReach({ scope, isSystemWide })} to end, which ${by} declared: ${reason}`,
      opensAt: until,
      holds,
    }));

/** Where a freeze holds, in words: `the environment production in all organisations`. */
export const describeReach = ({
  scope,
  isSystemWide = false,
}: {
  readonly scope: GateScope;
  readonly isSystemWide?: boolean | undefined;
}): string => `${describeScope(scope)}${isSystemWide ? ' in all organisations' : ''}`;

/** Whether a freeze holds at a moment. */
export const isFrozen = ({ from, until }: Pick<Freeze, 'from' | 'until'>, at: Instant): boolean =>
  from <= at && (until === null || at < until);

/** When a freeze holds, in words: `from 2026-12-20 00:00Z until somebody lifts it`. */
export const describeSpan = ({ from, until }: Pick<Freeze, 'from' | 'until'>): string =>
  `from ${formatMinute(from)} until ${until === null ? 'somebody lifts it' : formatMinute(until)}`;
