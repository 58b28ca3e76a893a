const inPath = (id: string): string => id.split('/').map(encodeURIComponent).join('/');

/** Where a rollout is shown. */
export const rolloutAddress = (rollout: string): string => `/rollouts/${encodeURIComponent(rollout)}`;

/** Where a track is shown. */
export const trackAddress = (track: string): string => `/applications/${inPath(track)}`;

/** Where an instance is shown, with what it writes. */
export const instanceAddress = (track: string, revision: string, instance: string): string =>
  `/targets/${inPath(track)}/${encodeURIComponent(revision)}/${encodeURIComponent(instance)}`;

/** Where an application is shown. */
export const applicationAddress = (application: string): string =>
  `/applications/${encodeURIComponent(application)}`;
