/** What revisions are made of. */
import { z } from 'zod';

/** One revision, and everything that makes it what it is. */
export const revisionSchema = z
  .object({
    revision: z.string(),
    version: z.string().describe('What people call it.'),
    component: z
      .record(z.string(), z.unknown())
      .describe('What was declared; secrets are names of places, never values.'),
  })
  .meta({ id: 'Revision' });
/** A revision on the wire. */
export type RevisionView = z.infer<typeof revisionSchema>;
