import type { Policy, PolicyFacts } from '@sluice/core/policy/policy.ts';
import type { PolicyAnswer } from '../cel/ask-policy.ts';

/** Asks a policy about some components or objects. */
export interface PolicyQuestion {
  readonly number: number;
  readonly policy: Policy;
  /** What its expressions see, for each. */
  readonly about: readonly PolicyFacts[];
}

/** What it said of each, in the same order. */
export interface PolicyReply {
  readonly number: number;
  readonly answers: readonly PolicyAnswer[];
}
