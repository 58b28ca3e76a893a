/**
 * Purpose: how the error budgets of tracks stand.
 *
 * Owns, in memory: what was counted of each track lately. Minutes are written once a minute, so that nothing is lost by it.
 */
import { assessBudget, budgetGate, budgetSpans, type BudgetState } from '@sluice/core/gates/error-budget.ts';
import type { Gate } from '@sluice/core/gates/gate.ts';
import { budgetsOf, type ErrorBudgetRule, NO_GATE_RULES } from '@sluice/core/gates/gate-rules.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { Database } from '../store/database/open-database.ts';
import { countRequests } from '../store/gates/traffic-hours.ts';
import type { OwnGates } from './observe-gates.ts';

/** How long what was counted is good, in milliseconds. */
const COUNT_EVERY_MS = 15_000;
/** Tracks of which the last count is remembered. */
const REMEMBERED = 20_000;

/** The gate of a release that waits while too many requests fail. */
export function budgetGates(db: Database, now: () => Instant): OwnGates {
  const counted = new Map<string, { readonly at: Instant; readonly state: Promise<BudgetState> }>();
  const gateOf = async (tenant: string, track: TrackId, rule: ErrorBudgetRule): Promise<Gate> => {
    const key = `${tenant} ${track} ${rule.objective} ${rule.windowMs}`;
    const at = now();
    const last = counted.get(key);
    if (last && at >= last.at && at - last.at < COUNT_EVERY_MS) return budgetGate(await last.state);
    if (counted.size >= REMEMBERED) counted.clear();
    const state = budgetOf(db, tenant, { track, rule, now: at });
    counted.set(key, { at, state });
    return budgetGate(await state);
  };
  return (tenant, track) => Promise.all(rulesOf(track).map((rule) => gateOf(tenant, track.id, rule)));
}

const rulesOf = ({ active, queue }: TrackState): readonly ErrorBudgetRule[] =>
  budgetsOf((active ?? queue[0])?.plan.gates ?? NO_GATE_RULES);

/** How the budget of a track stands by a rule. */
export async function budgetOf(
  db: Database,
  tenant: string,
  { track, rule, now }: { readonly track: TrackId; readonly rule: ErrorBudgetRule; readonly now: Instant },
): Promise<BudgetState> {
  const spansMs = budgetSpans(rule);
  return assessBudget(rule, await countRequests(db, tenant, { trackId: track, spansMs, now }));
}
