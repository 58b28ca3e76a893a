/** Branded identifiers: one type per kind of thing, so that one cannot be passed where another is meant. */

declare const brand: unique symbol;
type Id<Kind extends string> = string & { readonly [brand]: Kind };

/** A revision: `<component>-<12 hex digits of its content hash>`. */
export type RevisionId = Id<'revision'>;
/** A rollout: `ro-<number>`, unique in the store. */
export type RolloutId = Id<'rollout'>;
/** A track, the line of releases of one component in one environment: `<application>/<environment>/<component>`. */
export type TrackId = Id<'track'>;

/** Treats text as a revision id; for parsers and id constructors only. */
export const revisionId = (text: string): RevisionId => text as RevisionId;
/** Treats text as a rollout id; for parsers and id constructors only. */
export const rolloutId = (text: string): RolloutId => text as RolloutId;
/** Builds the id of a track from its three names, none of which contains a slash. */
export const trackId = (application: string, environment: string, component: string): TrackId =>
  `${application}/${environment}/${component}` as TrackId;
/** Treats text as a track id; for parsers and id constructors only. */
export const trackIdFrom = (text: string): TrackId => text as TrackId;

/** The three names inside a track id. */
export function trackNames(id: TrackId): { application: string; environment: string; component: string } {
  const [application = '', environment = '', component = ''] = id.split('/');
  return { application, environment, component };
}
