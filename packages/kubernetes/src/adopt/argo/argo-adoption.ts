import type { AdoptionSettings, ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from '../workloads/adoption-notes.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';

/** The one version of Argo's kinds. */
export const ARGO_VERSION = 'argoproj.io/v1alpha1';

/** A Rollout being read, and what is known around it. */
export interface ArgoAdoption {
  readonly notes: AdoptionNotes;
  readonly rollout: ManifestDocument;
  readonly documents: readonly ManifestDocument[];
  readonly namespace: string;
  readonly settings: AdoptionSettings;
  /** A text in which Services that only Argo moves are those of the candidate. */
  readonly readdressed: (text: string) => string;
  /** A name that no measurement of the plan has yet. */
  readonly unusedName: (name: string) => string;
}

/** Writes a fault of the Rollout down. */
export const faultOf = (adoption: ArgoAdoption, path: ManifestPath, message: string): void =>
  adoption.notes.fault(adoption.rollout, path, message);

/** Writes a difference of the Rollout down. */
export const differenceOf = (adoption: ArgoAdoption, path: ManifestPath, message: string): void =>
  adoption.notes.differ(adoption.rollout, path, message);

/** Gives every name once: a second one ends in `-2`. */
export function namesOnce(): (name: string) => string {
  const given = new Set<string>();
  return (name) => {
    let unused = name;
    for (let number = 2; given.has(unused); number++) unused = `${name}-${number}`;
    given.add(unused);
    return unused;
  };
}
