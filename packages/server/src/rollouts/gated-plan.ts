import type { ApprovalRule } from '@sluice/core/gates/approval-rule.ts';
import { type GateRules, NO_GATE_RULES } from '@sluice/core/gates/gate-rules.ts';
import { joinedRules } from '@sluice/core/gates/joined-rules.ts';
import type { Plan } from '@sluice/core/rollout/plan.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';

/** What releases of a track have to pass beside what their own files say. */
export interface GatesBefore {
  /** The rules of the release that is stable, and of those that go out before and may be stable then. */
  readonly ahead: readonly GateRules[];
  /** Approvals that are demanded of every release there. */
  readonly declared: readonly ApprovalRule[];
}

/** A release that comes to a track. */
export interface Arrival {
  /** It waits until those that are there have ended, and takes the place of none. */
  readonly isBehind: boolean;
  /** That its file names: a new application comes there only with the release. */
  readonly project?: string | undefined;
}

/** Finds what releases of a track have to pass. */
export async function gatesBefore(
  { store, tenant, approvalRules }: Pick<ControlPlanePorts, 'store' | 'tenant' | 'approvalRules'>,
  { id, stable, active, queue }: Pick<TrackState, 'id' | 'stable' | 'active' | 'queue'>,
  { isBehind, project }: Arrival,
): Promise<GatesBefore> {
  const record: RevisionRecord | null = stable === null ? null : await store.revision(tenant, id, stable);
  const declared = (await approvalRules?.(id, project)) ?? [];
  const waitsFor = isBehind ? [active, ...queue] : [];
  const plans = waitsFor.map((rollout) => rollout?.plan.gates);
  const ahead = [record?.component.strategy.gates, ...plans].filter((rules) => rules !== undefined);
  return { ahead, declared };
}

/** A plan with everything that its release has to pass; what was stable before passes all of it. */
export function gatedPlan(plan: Plan, before: GatesBefore | 'exempt'): Plan {
  const { gates: own, ...ungated } = plan;
  if (before === 'exempt') return { ...ungated, gates: { ...(own ?? NO_GATE_RULES), isExempt: true } };
  const { ahead, declared } = before;
  const demanded = ahead.reduce<GateRules | undefined>((rules, one) => joinedRules(rules, one, []), own);
  const gates = joinedRules(demanded, undefined, declared);
  return gates ? { ...ungated, gates } : ungated;
}

/**
 * A revision whose content was stable before, as it is to be kept when that is asked for again: what it demanded then it goes
 * on demanding, whatever the file says now, which nobody may ever approve.
 */
export function keepingDemands(record: RevisionRecord, earlier: RevisionRecord): RevisionRecord {
  const { strategy } = record.component;
  const gates = joinedRules(strategy.gates, earlier.component.strategy.gates, []);
  return gates ? { ...record, component: { ...record.component, strategy: { ...strategy, gates } } } : record;
}
