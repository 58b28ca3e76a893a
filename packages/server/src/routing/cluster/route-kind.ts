import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { RouterCapabilities } from '../traffic-router.ts';
import { reachedRevisions } from './reached-revisions.ts';

/**
 * Who gets which part of the requests that one rule takes: names of Services of the object's own namespace, and weights in
 * any unit. `*` stands for the pods of all revisions.
 */
export interface RuleBackends {
  readonly weights: readonly { readonly service: string; readonly weight: number }[];
  readonly mirrors: readonly string[];
}

/** An object of a cluster that splits requests, translated both ways. All but `unconfirmed` is pure. */
export interface RouteKind {
  readonly reference: ObjectReference;
  readonly capabilities: RouterCapabilities;
  /**
   * Who makes the object. What somebody else made is adopted: only what splits is changed in it, and it must be there. The
   * target makes Services, with the first revision.
   */
  readonly madeBy: 'router' | 'target' | 'somebody-else';
  /**
   * The spec with a split; of an adopted object everything else stays as it is, and doing it again changes nothing.
   * @throws SluiceError `unsupported` when the object cannot say it; `invalid-input` when no rule of an adopted one is ours
   */
  spec(split: Split, present: KubernetesObject | undefined): JsonObject;
  /** Whether a spec still says what an order said, whatever servers have filled in beside that. */
  says(actual: JsonObject | undefined, ordered: JsonObject): boolean;
  /** The Services that requests by a split need on their way, beside the object itself; without one of them it is not in force. */
  services(split: Split): readonly string[];
  /** Who gets what by the object as it stands, whoever wrote it. */
  backends(present: KubernetesObject): readonly RuleBackends[];
  /** Why those who carry it out have not taken it yet, or null once they have. */
  unconfirmed(present: KubernetesObject, split: Split): Promise<string | null>;
}

/**
 * The Services that routes lead through: those of all revisions that a split can reach, and that of the track, under which
 * callers know the component and meshes hear their requests.
 */
export const servicesBehind = ({ serviceOf, trackService }: RouteNames, split: Split): readonly string[] => [
  trackService,
  ...reachedRevisions(split).map(serviceOf),
];

/** The names of the Services of a track's revisions. */
export interface RouteNames {
  readonly serviceOf: (revision: RevisionId) => string;
  /** Whether a Service is that of the track or of any of its revisions. */
  readonly isOfTrack: (service: string) => boolean;
  readonly trackService: string;
  readonly port: number;
}
