import type { ApprovalRule } from '@sluice/core/gates/approval-rule.ts';
import { type GateRules, NO_GATE_RULES } from '@sluice/core/gates/gate-rules.ts';
import { joinedRules } from '@sluice/core/gates/joined-rules.ts';
import type { Plan } from '@sluice/core/rollout/plan.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';

/** What releases of a track have to pass beside what their own files say. */
export interface GatesBefore {
  /** The rules of the release that is stable. */
  readonly stable: GateRules | undefined;
  /** Approvals that are demanded of every release there. */
  readonly declared: readonly ApprovalRule[];
}

/**
 * Finds what releases of a track have to pass.
 *
 * @param project that its file names: a new application comes there only with the release
 */
export async function gatesBefore(
  { store, tenant, approvalRules }: Pick<ControlPlanePorts, 'store' | 'tenant' | 'approvalRules'>,
  { id, stable }: Pick<TrackState, 'id' | 'stable'>,
  project?: string,
): Promise<GatesBefore> {
  const record: RevisionRecord | null = stable === null ? null : await store.revision(tenant, id, stable);
  const declared = (await approvalRules?.(id, project)) ?? [];
  return { stable: record?.component.strategy.gates, declared };
}

/** A plan with everything that its release has to pass; what was stable before passes all of it. */
export function gatedPlan(plan: Plan, before: GatesBefore | 'exempt'): Plan {
  const { gates: own, ...ungated } = plan;
  if (before === 'exempt') return { ...ungated, gates: { ...(own ?? NO_GATE_RULES), isExempt: true } };
  const gates = joinedRules(own, before.stable, before.declared);
  return gates ? { ...ungated, gates } : ungated;
}
