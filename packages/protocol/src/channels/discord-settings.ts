import { z } from 'zod';
import { secretReferenceSchema } from './secret-reference.ts';

/** Messages in Discord, by a webhook of one of its channels. */
export const discordSettingsSchema = z
  .strictObject({
    kind: z.literal('discord'),
    webhook: secretReferenceSchema.describe('The address of the webhook, which holds its token.'),
    thread: z
      .string()
      .regex(/^\d{15,20}$/)
      .optional()
      .describe('Id of a thread of the channel to post in; a forum channel needs one.'),
  })
  .meta({ id: 'DiscordSettings' });

/** Messages in Discord. */
export type DiscordSettings = z.output<typeof discordSettingsSchema>;
