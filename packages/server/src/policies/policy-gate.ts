import type { Policy, PolicyOutcome } from '@sluice/core/policy/policy.ts';
import type { PlanView } from '@sluice/protocol/http/views.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';

/** A release that somebody asks for, as policies see it. */
export interface ReleaseInQuestion {
  /** That its file names; undefined for where the application is. */
  readonly project?: string | undefined;
  readonly application: string;
  readonly environment: string;
  readonly version: string;
  readonly lane: string;
  readonly by: string;
  readonly dryRun: boolean;
  /** Components that would change. */
  readonly components: readonly {
    readonly record: RevisionRecord;
    readonly plan: Pick<PlanView, 'strategy' | 'kind' | 'promotes' | 'steps'>;
  }[];
}

/** Asks policies about releases before anything is changed. Never throws because of a policy. */
export interface PolicyGate {
  /** @param policies those to ask instead of the ones in force */
  judge(release: ReleaseInQuestion, policies?: readonly Policy[]): Promise<readonly PolicyOutcome[]>;
  /** Asks policies about objects that no release holds; without policies, those in force for the place. */
  judgeObjects(question: ObjectsInQuestion): Promise<readonly PolicyOutcome[]>;
}

/** Objects that somebody wants to know about. */
export interface ObjectsInQuestion {
  readonly objects: readonly KubernetesObject[];
  readonly application: string;
  readonly environment: string;
  readonly by: string;
  readonly policies?: readonly Policy[];
}
