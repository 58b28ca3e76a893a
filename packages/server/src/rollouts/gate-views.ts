import { describeApprovers } from '@sluice/core/gates/approval-rule.ts';
import type { ObservedGates } from '@sluice/core/gates/gate.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { isGoingForward } from '@sluice/core/rollout/commands.ts';
import { approvalCounts, approvalRules, gatesOf, planDigest } from '@sluice/core/rollout/gating.ts';
import type { Observation } from '@sluice/core/rollout/observation.ts';
import type { Phase, Rollout } from '@sluice/core/rollout/state.ts';
import type { ApprovalsView, GateView } from '@sluice/protocol/http/gates.ts';

/** The gates that a rollout meets now, open and closed. */
export function gateViews(rollout: Rollout | null, observation: Observation): GateView[] {
  if (rollout === null || !isGoingForward(rollout)) return [];
  const moment = rollout.phase.name === 'planned' ? 'start' : 'widen';
  return gatesOf(rollout, moment, observation).map(({ kind, words, isOpen, opensAt, holds }) => ({
    ...{ kind, words, open: isOpen, opensAt, holds },
  }));
}

/** Who has approved a rollout, and who has to; null where nobody was ever asked. */
export function approvalsView(rollout: Rollout, gates?: ObservedGates): ApprovalsView | null {
  const { votes = [], glass = null } = rollout;
  const step = askedStep(rollout);
  const rules = approvalRules(rollout, step);
  if (rules.length === 0 && votes.length === 0 && glass === null) return null;
  const counts = approvalCounts(rollout, step, { now: lastWord(rollout), gates });
  return {
    planHash: planDigest(rollout),
    step,
    asked: isAsked(rollout.phase, step) && glass === null && counts.some(({ granted }) => !granted),
    rules: counts.map(({ needed, approvedBy, granted, ignored }, index) => {
      const of = rules[index]?.of ?? [];
      const words = describeApprovers({ needed, of });
      return {
        ...{ words, needed, of: [...of], granted },
        approvedBy: [...approvedBy],
        ignored: [...ignored],
      };
    }),
    votes: votes.map(({ subject, decision, reason, at, step: of }) => ({
      subject,
      decision,
      reason,
      at,
      step: of,
    })),
    glass,
  };
}

function askedStep({ phase, plan }: Rollout): number | null {
  if (phase.name !== 'held' && phase.name !== 'running') return null;
  return plan.steps[phase.step]?.kind === 'approve' ? phase.step : null;
}

const isAsked = ({ name }: Phase, step: number | null): boolean =>
  step !== null || name === 'queued' || name === 'planned';

/** Views know no clock: what was granted at the last word stays so in what is shown. */
const lastWord = ({ votes = [], requestedAt }: Rollout): Instant => votes.at(-1)?.at ?? requestedAt;
