import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { PolicyOutcome } from '@sluice/core/policy/policy.ts';
import { settlePolicies } from '@sluice/core/policy/settle-policies.ts';
import type { ReleaseReply } from '@sluice/protocol/http/requests.ts';
import type { LedgerNote, TrackCommit } from '../loop/track-store.ts';
import { refusedWith, type Refused } from './problems.ts';

/** A past fact about a rollout: what the policies said of its component before it was taken in. It changes no state. */
export interface PoliciesJudged {
  readonly kind: 'policiesJudged';
  readonly at: Instant;
  readonly outcomes: readonly PolicyOutcome[];
}

/** The fact in words. */
export function describePolicies({ outcomes }: PoliciesJudged): string {
  const findings = outcomes.flatMap((outcome) =>
    outcome.findings.map(
      ({ object, message }) => `${outcome.policy}: ${object ? `${object}: ` : ''}${message}`,
    ),
  );
  const count = outcomes.filter(({ asked: times }) => times > 0).length;
  if (count === 0) return 'no policy in force here is about anything of it';
  const asked = `${count} ${count === 1 ? 'policy was' : 'policies were'} asked`;
  return findings.length === 0 ? `${asked}, and it keeps to all` : `${asked}: ${findings.join('; ')}`;
}

/** The outcomes of one component, without those of the others. */
export const outcomesFor = (
  outcomes: readonly PolicyOutcome[],
  component: string,
): readonly PolicyOutcome[] =>
  outcomes.map((outcome) => ({
    ...outcome,
    findings: outcome.findings.filter((finding) => finding.component === component),
  }));

/** A commit that takes a rollout in, with what was said of it: both are written, or neither. */
export function withPolicies(
  commit: TrackCommit,
  {
    rollout,
    at,
    outcomes,
  }: { readonly rollout: string; readonly at: Instant; readonly outcomes: readonly PolicyOutcome[] },
): TrackCommit {
  if (outcomes.length === 0) return commit;
  const judged: PoliciesJudged = { kind: 'policiesJudged', at, outcomes };
  const note: LedgerNote = {
    ...{ at, actor: 'engine', action: judged.kind, subject: rollout },
    detail: { track: commit.track.id, words: describePolicies(judged), outcomes },
  };
  return {
    ...commit,
    facts: [...(commit.facts ?? []), { event: judged, rollout }],
    ledger: [...commit.ledger, note],
  };
}

/** The refusal of a release that policies deny, or undefined. */
export function refusedByPolicies(outcomes: readonly PolicyOutcome[]): Refused | undefined {
  const { denials } = settlePolicies(outcomes);
  if (denials.length === 0) return undefined;
  return refusedWith(422, 'refused-by-policy', {
    title: 'A policy refuses it',
    detail: denials.join('\n'),
    remedy:
      'Correct what it names, or ask whoever is responsible for the policy; `sluice policies list` shows all. Nothing was changed.',
  });
}

/** What a plan or a release warns of for policies. */
export function policyWarnings(outcomes: readonly PolicyOutcome[]): readonly string[] {
  const { denials, warnings } = settlePolicies(outcomes);
  return [...denials.map((sentence) => `It would be refused now: ${sentence}`), ...warnings];
}

/** The outcomes as they go over the wire. */
export const outcomesView = (outcomes: readonly PolicyOutcome[]): NonNullable<ReleaseReply['policies']> =>
  outcomes.map(({ actions, findings, annotations, ...outcome }) => ({
    ...outcome,
    actions: [...actions],
    findings: findings.map((finding) => ({ ...finding })),
    annotations: { ...annotations },
  }));
