import { type ApprovalRule, describeApprovers, type Vote } from './approval-rule.ts';

/** What is voted on. */
export interface VotedRelease {
  readonly requestedBy: string;
  /** The digest of its plan as it is now. */
  readonly planHash: string;
  /** The step that asks; null before the first. */
  readonly step: number | null;
  readonly now: number;
  /** Subjects that have lost since what their votes were given with. */
  readonly lapsed?: readonly string[];
}

/** What the votes come to. */
export interface VoteCount {
  readonly granted: boolean;
  /** Who approved, in the order in which they did. */
  readonly approvedBy: readonly string[];
  readonly needed: number;
  /** Votes that do not count, and why. */
  readonly ignored: readonly { readonly subject: string; readonly why: string }[];
  /** `1 of 2 approvals (ada), from managers or sre`. */
  readonly words: string;
}

/**
 * Counts the approvals of a release by one rule. The last word of each subject counts, once; whoever asked for the release,
 * has none of the roles and groups or has lost them since, saw another plan, or said it too long ago does not count.
 */
export function countVotes(rule: ApprovalRule, votes: readonly Vote[], release: VotedRelease): VoteCount {
  const last = new Map(
    votes.filter(({ step }) => step === release.step).map((vote) => [vote.subject, vote] as const),
  );
  const judged = [...last.values()].map((vote) => ({ vote, why: whyNot(rule, vote, release) }));
  const approvedBy = judged.filter(({ why }) => why === null).map(({ vote }) => vote.subject);
  const granted = approvedBy.length >= rule.needed;
  const who = approvedBy.length > 0 ? ` (${approvedBy.join(', ')})` : '';
  const from = rule.of.length > 0 ? `, from ${rule.of.join(' or ')}` : '';
  return {
    granted,
    approvedBy,
    needed: rule.needed,
    ignored: judged.flatMap(({ vote, why }) => (why === null ? [] : [{ subject: vote.subject, why }])),
    words: `${approvedBy.length} of ${rule.needed} approval${rule.needed === 1 ? '' : 's'}${who}${from}`,
  };
}

function whyNot(rule: ApprovalRule, vote: Vote, release: VotedRelease): string | null {
  if (vote.decision !== 'approve') return 'said no';
  if (vote.planHash !== release.planHash) return 'approved another plan';
  if (release.now - vote.at > rule.expiresMs) return 'approved too long ago';
  if (release.lapsed?.includes(vote.subject)) return 'may not approve any more';
  return whyMayNotApprove(rule, vote, release.requestedBy);
}

/** Why somebody's approval would not count by a rule, in words that go after their name; null when it would. */
export function whyMayNotApprove(
  rule: ApprovalRule,
  { subject, groups, roles }: Pick<Vote, 'subject' | 'groups' | 'roles'>,
  requestedBy: string,
): string | null {
  if (rule.selfApproval === 'refused' && subject === requestedBy)
    return 'asked for the release, and nobody approves their own';
  const names = [subject, ...groups, ...roles];
  if (rule.of.length === 0 || rule.of.some((name) => names.includes(name))) return null;
  return `has none of what counts: ${describeApprovers(rule)}`;
}
