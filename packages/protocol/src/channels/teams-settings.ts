import { z } from 'zod';
import { secretReferenceSchema } from './secret-reference.ts';

/** Cards in Microsoft Teams, by a workflow that waits for a webhook request. */
export const teamsSettingsSchema = z
  .strictObject({
    kind: z.literal('teams'),
    webhook: secretReferenceSchema.describe(
      'The address of a Teams workflow "when a webhook request is received", which holds its signature. The addresses of the old Office 365 connectors are retired.',
    ),
  })
  .meta({ id: 'TeamsSettings' });

/** Cards in Microsoft Teams. */
export type TeamsSettings = z.output<typeof teamsSettingsSchema>;
