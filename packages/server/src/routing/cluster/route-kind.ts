import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { RouterCapabilities } from '../traffic-router.ts';

/** Who gets which part, as it stands in an object: names of Services, and their weights in any unit. */
export type BackendWeights = readonly { readonly service: string; readonly weight: number }[];

/** An object of a cluster that splits requests, translated both ways. Everything here is pure but `confirmed`. */
export interface RouteKind {
  readonly reference: ObjectReference;
  readonly capabilities: RouterCapabilities;
  /** Whether the object was there before Sluice: then only what splits is changed in it, and it must be there. */
  readonly isAdopted: boolean;
  /** The spec with a split; of an adopted object everything else stays as it is. */
  spec(split: Split, present: KubernetesObject | undefined): JsonObject;
  /** Who gets what by the object as it stands, whoever wrote it; matches and mirrors count as a weight of their own. */
  backends(present: KubernetesObject): BackendWeights;
  /** Why those who carry it out have not taken it yet, or null once they have. */
  unconfirmed(present: KubernetesObject, split: Split): Promise<string | null>;
}

/** The names of the Services of a track's revisions. */
export interface RouteNames {
  readonly serviceOf: (revision: RevisionId) => string;
  readonly trackService: string;
  readonly port: number;
}
