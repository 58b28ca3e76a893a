import type { CheckSpec } from '@sluice/core/rollout/component-spec.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';

/** A revision that is to be released, and what of its plan a cluster has to offer. */
export interface Candidacy {
  readonly record: RevisionRecord;
  /** The checks that its plan runs. */
  readonly checks: readonly CheckSpec[];
  /** Whether its plan runs tasks or reads what the target keeps. */
  readonly hasTasks: boolean;
  /** Whether nothing of its track runs, so that nothing makes room for it. */
  readonly isFirst: boolean;
}

/** What stands against a release, by what has to be done about it. */
export type ObjectionKind =
  /** Nobody knows the cluster, or the kubeconfig has no such context. */
  | 'unknown-cluster'
  /** Nothing answers, or not in time. */
  | 'cluster-unreachable'
  /** The credentials cannot be read, or the server does not accept them. */
  | 'cluster-credentials'
  | 'missing-permission'
  | 'missing-api'
  /** No namespace, a webhook, a policy, a quota, another owner. */
  | 'refused-by-cluster'
  /** The server takes no such object, whatever its state. */
  | 'invalid-objects';

/** One thing that stands against a release. */
export interface Objection {
  readonly kind: ObjectionKind;
  readonly cluster: string;
  /** Null: it concerns the cluster as a whole. */
  readonly component: string | null;
  readonly namespace: string | null;
  /** What was tried and is wrong, as a sentence without its end. */
  readonly message: string;
}

/** What clusters say of a release. */
export interface Rehearsal {
  readonly objections: readonly Objection[];
  /** What will not work as it reads, in sentences. */
  readonly warnings: readonly string[];
}

/** Asks the clusters of some releases whether they could be carried out now, and changes nothing. Never throws. */
export type ReleaseRehearsal = (candidacies: readonly Candidacy[]) => Promise<Rehearsal>;
