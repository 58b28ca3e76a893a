import { NO_GATE_RULES } from '@sluice/core/gates/gate-rules.ts';
import type { Observation } from '@sluice/core/rollout/observation.ts';
import type { Rollout } from '@sluice/core/rollout/state.ts';
import { weightOf } from '../world/tables.ts';
import { promised } from './broken-promise.ts';
import type { Checker, Look } from './checker.ts';

const PROMISE = '15 gates';

/**
 * 15. While a gate is seen to be closed nothing begins and no share grows, but of what may pass it; nothing begins or ends well
 * without the approvals that its plan demands; and nothing that goes back is held up.
 */
export const watchGates = (): Checker => ({
  decided: (look) => {
    checkRetreat(look);
    const rollout = look.track.active ?? look.track.last;
    if (rollout) checkForward(look, rollout);
  },
});

function checkForward({ before, decision, observation }: Look, rollout: Rollout): void {
  for (const event of decision.events) {
    if (event.kind === 'rolloutStarted') {
      checkClosed(rollout, observation, 'began', ['starts', 'everything']);
      checkApprovals(rollout, 'began', observation.now);
    }
    if (event.kind !== 'splitOrdered') continue;
    const [from, to] = [before.split, event.split].map((split) => weightOf(split, rollout.candidate));
    const isForward = !decision.events.some(({ kind }) => kind === 'rollbackBegun');
    if (isForward && (to ?? 0) > (from ?? 0) && rollout.candidate !== before.stable)
      checkClosed(rollout, observation, 'was given more', ['everything']);
  }
}

function checkClosed(
  rollout: Rollout,
  { gates }: Observation,
  what: string,
  holds: readonly ('starts' | 'everything')[],
): void {
  if (!gates || rollout.glass || rollout.lane === 'undo') return;
  const { hotfix } = rollout.plan.gates ?? NO_GATE_RULES;
  const isClosed =
    gates.kind === 'unreachable' || gates.gates.some((gate) => !gate.isOpen && holds.includes(gate.holds));
  if (!isClosed) return;
  if (rollout.lane === 'hotfix' && hotfix !== 'wait' && gates.kind === 'observed') {
    const demanded = rollout.plan.gates?.approvals[0]?.needed ?? 0;
    const given = votersFor(rollout).length;
    promised(
      PROMISE,
      hotfix === 'pass' || given > demanded,
      () => `the hot-fix ${rollout.version} ${what} through a closed gate with ${given} approvals`,
    );
    return;
  }
  promised(PROMISE, false, () => `${rollout.version} ${what} while a gate was seen to be closed`);
}

/** Whoever approved last and is not who asked: those who count, as far as time does not matter. */
function votersFor({ votes = [], requestedBy }: Rollout): readonly string[] {
  const last = new Map(votes.filter(({ step }) => step === null).map((vote) => [vote.subject, vote]));
  return [...last.values()]
    .filter(({ decision, subject }) => decision === 'approve' && subject !== requestedBy)
    .map(({ subject }) => subject);
}

function checkApprovals(rollout: Rollout, what: string, now: number): void {
  if (rollout.glass || rollout.lane === 'undo') return;
  for (const rule of rollout.plan.gates?.approvals ?? []) {
    const fresh = (rollout.votes ?? []).filter(({ at }) => now - at <= rule.expiresMs);
    const given = votersFor({ ...rollout, votes: fresh }).length;
    promised(
      PROMISE,
      given >= rule.needed,
      () => `${rollout.version} ${what} with ${given} of ${rule.needed} approvals`,
    );
  }
}

/** What is going back when it is looked at does not wait for a gate. */
function checkRetreat({ before, decision }: Look): void {
  const phase = before.active?.phase.name;
  if (phase !== 'rolling-back' && phase !== 'stuck') return;
  const isOver = decision.events.some(({ kind }) => kind === 'rolloutRolledBack');
  const isHeld = decision.events.some(({ kind }) => kind === 'gatesClosed' || kind === 'rolloutHeld');
  promised(PROMISE, isOver || !isHeld, () => `${before.active?.version} goes back and was held at a gate`);
}
