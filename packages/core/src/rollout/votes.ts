import { type ApprovalRule, describeApprovers, type Vote } from '../gates/approval-rule.ts';
import { whyMayNotApprove } from '../gates/count-votes.ts';
import type { Instant } from '../kernel/instant.ts';
import { ok, refuse, type Result } from '../kernel/result.ts';
import { isGoingForward } from './commands.ts';
import type { TrackEvent } from './events.ts';
import { approvalRules, planDigest } from './gating.ts';
import type { Rollout, TrackState } from './state.ts';

/** What somebody says of a release. */
export interface VoteOrder extends Pick<Vote, 'subject' | 'groups' | 'roles' | 'decision' | 'reason'> {
  /** Which rollout is meant; without it the one under way, or else the one that waits for longest. */
  readonly rollout?: string | undefined;
  /** The digest of the plan that was looked at; refused when it is another by now. */
  readonly planHash?: string | undefined;
}

/** Takes in an approval or a rejection, or says why it would count for nothing. A rejection ends the rollout. */
export function voteOnRollout(
  track: TrackState,
  order: VoteOrder,
  at: Instant,
): Result<readonly TrackEvent[]> {
  const found = meant(track, order.rollout, 'approve or reject');
  if (!found.ok) return found;
  const rollout = found.value;
  const planHash = planDigest(rollout);
  if (order.planHash !== undefined && order.planHash !== planHash)
    return refuse(
      'plan-changed',
      `the plan of ${rollout.version} (${rollout.id}) is another one than was looked at`,
      'Look at it again with `sluice status`, and decide anew.',
    );
  const step = askedStep(rollout);
  const rules = votersOf(rollout, step);
  const { subject, groups, roles, decision, reason } = order;
  const vote: Vote = { subject, groups, roles, at, planHash, decision, reason, step };
  const given: TrackEvent = { kind: 'voteGiven', at, id: rollout.id, vote };
  if (decision === 'reject') return ok([given, ...ended(track, rollout, order, at)]);
  if (rules.length === 0)
    return refuse(
      'no-approval-asked',
      `${rollout.version} (${rollout.id}) is ${rollout.phase.name} and waits for no approval`,
      'See `sluice explain` for what it waits for; `sluice promote` ends a wait for which nobody is named.',
    );
  const whys = rules.map((rule) => whyMayNotApprove(rule, order, rollout.requestedBy));
  const [why] = whys;
  if (why !== undefined && why !== null && whys.every((one) => one !== null))
    return refuse('may-not-approve', `${subject} ${why}`, approvalRemedy(rules));
  return ok([given]);
}

/** Lets a rollout pass every gate, with a reason that everybody is told. */
export function breakGlass(
  track: TrackState,
  order: { readonly by: string; readonly reason: string; readonly rollout?: string | undefined },
  at: Instant,
): Result<readonly TrackEvent[]> {
  const found = meant(track, order.rollout, 'break the glass for');
  if (!found.ok) return found;
  const { id, version, glass } = found.value;
  if (glass)
    return refuse(
      'glass-broken',
      `${glass.by} has broken the glass for ${version} (${id}) already`,
      'See `sluice explain` for what it waits for.',
    );
  return ok([{ kind: 'glassBroken', at, id, by: order.by, reason: order.reason }]);
}

const approvalRemedy = (rules: readonly ApprovalRule[]): string =>
  `It needs ${rules.map(describeApprovers).join(' and ')}; ask one of them.`;

function meant(track: TrackState, id: string | undefined, what: string): Result<Rollout> {
  const { active, queue } = track;
  const forward = active && isGoingForward(active) ? [active] : [];
  const all = [...forward, ...queue];
  const found = id === undefined ? all[0] : all.find((rollout) => rollout.id === id);
  if (found) return ok(found);
  return refuse(
    'nothing-under-way',
    id === undefined ? `there is no rollout of ${track.id} to ${what}` : `${id} is not under way any more`,
    'See `sluice history` for what has been.',
  );
}

/** The step that asks for approval now; null when the release itself does, or a gate that a hot-fix may pass. */
function askedStep({ phase, plan }: Rollout): number | null {
  if (phase.name !== 'held' && phase.name !== 'running') return null;
  return plan.steps[phase.step]?.kind === 'approve' ? phase.step : null;
}

/** Of a hot-fix anybody may be asked, should a gate be closed. */
function votersOf(rollout: Rollout, step: number | null): readonly ApprovalRule[] {
  const { lane, phase } = rollout;
  const isAsked = step !== null || phase.name === 'queued' || phase.name === 'planned';
  const isAtGate = phase.name === 'held' && phase.reason.kind === 'gate';
  if (!isAsked && !isAtGate && phase.name !== 'promoting') return [];
  const rules = approvalRules(rollout, step);
  if (rules.length > 0 || lane !== 'hotfix') return isAsked || lane === 'hotfix' ? rules : [];
  return [{ needed: 1, of: [], selfApproval: 'refused', expiresMs: Infinity }];
}

function ended(
  track: TrackState,
  rollout: Rollout,
  { subject, reason: why }: VoteOrder,
  at: Instant,
): readonly TrackEvent[] {
  const detail = `rejected by ${subject}${why === null ? '' : `: ${why}`}`;
  const reason = { kind: 'rejected', detail } as const;
  return track.active?.id === rollout.id
    ? [{ kind: 'rollbackBegun', at, reason }]
    : [{ kind: 'queuedRolloutDropped', at, id: rollout.id, reason }];
}
