import { z } from 'zod';
import { webhookSettingsSchema } from './webhook-settings.ts';

/** Where notices go and how, by the kind of channel. */
export const channelSettingsSchema = z
  .discriminatedUnion('kind', [webhookSettingsSchema])
  .meta({ id: 'ChannelSettings' });

/** Where notices go and how. */
export type ChannelSettings = z.output<typeof channelSettingsSchema>;
