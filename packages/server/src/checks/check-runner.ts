import type { CheckSpec, NeedSpec } from '@sluice/core/rollout/component-spec.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';

/** How one check or need went. */
export interface CheckResult {
  readonly passed: boolean;
  /** One sentence, for people: what was asked and what came back. */
  readonly message: string;
}

/** An instance that is ready. */
export interface ReadyInstance {
  readonly host: string;
  readonly port: number;
  /** What its target calls it, where it has a name. */
  readonly name?: string;
}

/** What a check is run against. */
export interface CheckSubject {
  readonly revision: RevisionRecord;
  /** Ready instances; empty when none is. */
  readonly endpoints: readonly ReadyInstance[];
}

/** Runs checks against a candidate, and asks whether what a component needs is reachable. */
export interface CheckRunner {
  /**
   * Whatever goes wrong is a failed check with its reason. It rejects in one case alone, with `unreachable`: when what
   * instances are asked through does not answer, as an API server that is away. The check is run again then.
   */
  run(check: CheckSpec, subject: CheckSubject, signal: AbortSignal): Promise<CheckResult>;
  /** Whether something outside is reachable and speaks the protocol it should. */
  reach(need: NeedSpec, revision: RevisionRecord, signal: AbortSignal): Promise<CheckResult>;
}
