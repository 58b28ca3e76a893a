import { trackId, type TrackId } from '@sluice/core/kernel/ids.ts';
import { ID_RULES } from '@sluice/protocol/http/id-rules.ts';
import { z } from 'zod';

const name = (what: string) => z.string().regex(ID_RULES.name).describe(what);

/** The three names of a track in a path. */
export const trackPathSchema = z.strictObject({
  application: name('Name of the application.'),
  environment: name('Name of the environment.'),
  component: name('Name of the component.'),
});

/** Where operations on one track lie. */
export const TRACK_PATH = '/api/v1/tracks/:application/:environment/:component';

/** The id of the track that a path names. */
export const trackOf = (path: z.infer<typeof trackPathSchema>): TrackId =>
  trackId(path.application, path.environment, path.component);

/** A track id as it stands in a query. */
export const trackQuery = z
  .string()
  .regex(/^[^/]{1,100}\/[^/]{1,100}\/[^/]{1,100}$/)
  .describe('`application/environment/component`.');
