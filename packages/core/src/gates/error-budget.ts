/**
 * Purpose: how much of an error budget is left, and how fast it goes.
 *
 * After "The Site Reliability Workbook" (Beyer et al., O'Reilly 2018), chapter 5, "Alerting on SLOs", multiwindow and
 * multi-burn-rate: of the budget of a window, 2 % gone in one hour or 5 % in six hours is an emergency, and 10 % in three days
 * is a trouble; each only while it goes on, which a window of a twelfth of the length shows. For 30 days these are the burn
 * rates 14.4, 6 and 1 of its table 5-8. A rate of 1 uses the budget up just when its window ends.
 */
import type { Gate } from './gate.ts';
import type { ErrorBudgetRule } from './gate-rules.ts';

/** What was answered within some time. */
export interface CountedRequests {
  readonly requests: number;
  readonly errors: number;
}

/** What was answered within each of these times up to now, in milliseconds. */
export type CountsBySpan = ReadonlyMap<number, CountedRequests>;

/** How fast a budget goes by one pair of windows. */
export interface BudgetBurn {
  readonly longMs: number;
  readonly shortMs: number;
  /** Burn rates at which it counts, and as they are. */
  readonly limit: number;
  readonly longRate: number;
  readonly shortRate: number;
  readonly severity: 'emergency' | 'trouble';
  readonly isOn: boolean;
}

/** How an error budget stands. */
export interface BudgetState extends CountedRequests {
  /** The part of the budget that is left; below 0 when more failed than may. 1 without requests. */
  readonly left: number;
  readonly isGone: boolean;
  readonly burns: readonly BudgetBurn[];
  /** Whether releases wait. */
  readonly isClosed: boolean;
  readonly words: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const PAIRS = [
  { longMs: HOUR_MS, shortMs: 5 * MINUTE_MS, part: 0.02, severity: 'emergency' },
  { longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS, part: 0.05, severity: 'emergency' },
  { longMs: 72 * HOUR_MS, shortMs: 6 * HOUR_MS, part: 0.1, severity: 'trouble' },
] as const;

/** Fewer failures than this are chance, whatever rate they make where requests are few. */
export const FEWEST_ERRORS = 10;

/** The times over which requests have to be counted for a rule, in milliseconds. */
export const budgetSpans = ({ windowMs }: ErrorBudgetRule): readonly number[] => [
  ...new Set([...PAIRS.flatMap(({ longMs, shortMs }) => [longMs, shortMs]), windowMs]),
];

/** Judges what was counted by a rule. */
export function assessBudget(rule: ErrorBudgetRule, counts: CountsBySpan): BudgetState {
  const { objective, windowMs } = rule;
  const mayFail = 1 - objective;
  const counted = (spanMs: number): CountedRequests => counts.get(spanMs) ?? { requests: 0, errors: 0 };
  const rate = ({ requests, errors }: CountedRequests): number =>
    requests === 0 ? 0 : errors / requests / mayFail;
  const whole = counted(windowMs);
  const left = 1 - rate(whole);
  const isGone = left <= 0 && whole.errors >= FEWEST_ERRORS;
  const burns = PAIRS.map(({ longMs, shortMs, part, severity }): BudgetBurn => {
    const limit = (part * windowMs) / longMs;
    const [longRate, shortRate] = [rate(counted(longMs)), rate(counted(shortMs))];
    const isOn = longRate >= limit && shortRate >= limit && counted(longMs).errors >= FEWEST_ERRORS;
    return { longMs, shortMs, limit, longRate, shortRate, severity, isOn };
  });
  const isFast = burns.some(({ isOn, severity }) => isOn && severity === 'emergency');
  const words = describe(rule, { left, isGone, burns });
  return { ...whole, left, isGone, burns, isClosed: isGone || isFast, words };
}

function describe(
  { objective }: ErrorBudgetRule,
  { left, isGone, burns }: Pick<BudgetState, 'left' | 'isGone' | 'burns'>,
): string {
  const aim = `${Number((objective * 100).toPrecision(7))} %`;
  const fastest = burns.find(({ isOn, severity }) => isOn && severity === 'emergency');
  if (fastest)
    return `the error budget of ${aim}, which goes ${fastest.longRate.toFixed(1)} times as fast as it may, to burn slower`;
  if (isGone) return `the error budget of ${aim}, which is used up, to have something left`;
  const rest = `${Math.floor(Math.max(0, left) * 100)} % of the error budget of ${aim} is left`;
  const slow = burns.find(({ isOn }) => isOn);
  return slow ? `${rest}, and it goes ${slow.longRate.toFixed(1)} times as fast as it may` : rest;
}

/** The gate that a budget is. It holds larger shares as well: what burns may be the candidate. */
export const budgetGate = ({ isClosed, words }: BudgetState): Gate => ({
  kind: 'error-budget',
  name: 'budget',
  isOpen: !isClosed,
  words,
  opensAt: null,
  holds: 'everything',
});
