import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { revisionLabel, trackLabel } from './names.ts';

/** Label of everything that Sluice made; its value is `sluice`. What lacks it is nobody of ours. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
/** The value of the label `app.kubernetes.io/managed-by`. */
export const MANAGED_BY = 'sluice';
/** Label with the application. */
export const APPLICATION_LABEL = 'app.kubernetes.io/part-of';
/** Label with the component. */
export const COMPONENT_LABEL = 'app.kubernetes.io/name';
/** Label with the version that people call a revision by. */
export const VERSION_LABEL = 'app.kubernetes.io/version';
/** Label with the slug of the track (`trackLabel`), annotation with its id. */
export const TRACK = 'sluice.dev/track';
/** Label with the revision (`revisionLabel`), annotation with its id; on all that belongs to one revision. */
export const REVISION = 'sluice.dev/revision';
/** Annotation with the fencing generation of the order that the object rests on, as a decimal number. */
export const GENERATION_ANNOTATION = 'sluice.dev/generation';
/** Label that queries written for Argo Rollouts tell revisions apart by; on pods of adopted templates. */
export const ARGO_HASH_LABEL = 'rollouts-pod-template-hash';

/** Labels, or a selector that wants them all. */
export type Labels = Readonly<Record<string, string>>;

const OWN_KEYS: ReadonlySet<string> = new Set([TRACK, REVISION, GENERATION_ANNOTATION]);

/**
 * Labels or annotations of somebody else without those by which Sluice finds what is its own: an object that only claims
 * to belong to a revision would be removed with it.
 */
export const withoutOwnKeys = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !OWN_KEYS.has(key)));

/** Selects the pods of all revisions of a track. */
export const trackSelector = (track: TrackId): Labels => ({ [TRACK]: trackLabel(track) });

/** Selects the pods of one revision. */
export const revisionSelector = (track: TrackId, revision: RevisionId): Labels => ({
  ...trackSelector(track),
  [REVISION]: revisionLabel(revision),
});

/** A selector in the syntax of the query parameter `labelSelector`. */
export const selectorText = (selector: Labels): string =>
  Object.entries(selector)
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
