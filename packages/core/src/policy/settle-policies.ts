import type { PolicyAction, PolicyFinding, PolicyOutcome } from './policy.ts';

/** What a release is told of policies. */
export interface PolicyRuling {
  /** Sentences that refuse it; empty when it may go on. */
  readonly denials: readonly string[];
  readonly warnings: readonly string[];
}

/** What follows of outcomes: with `deny` a release is refused, with `warn` its reader is told, with `audit` it goes on. */
export const settlePolicies = (outcomes: readonly PolicyOutcome[]): PolicyRuling => ({
  denials: sentences(outcomes, 'deny'),
  warnings: sentences(outcomes, 'warn'),
});

const sentences = (outcomes: readonly PolicyOutcome[], action: PolicyAction): readonly string[] => [
  ...new Set(
    outcomes.flatMap(({ policy, actions, findings }) =>
      actions.includes(action) ? findings.map((finding) => sentence(policy, finding)) : [],
    ),
  ),
];

function sentence(policy: string, { component, object, message }: PolicyFinding): string {
  const where = object === null ? component : `${component}, ${object}`;
  return `${where}: ${message.replace(/\.$/, '')} (policy ${policy}).`;
}
