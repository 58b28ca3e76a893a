import { z } from 'zod';
import { secretReferenceSchema } from './secret-reference.ts';

/** Events to an address of one's own, signed by the rules of Standard Webhooks. */
export const webhookSettingsSchema = z
  .strictObject({
    kind: z.literal('webhook'),
    url: z
      .union([z.url({ protocol: /^https?$/ }).max(2_000), secretReferenceSchema])
      .describe('Where events are posted; a reference when the address itself is a secret.'),
    secrets: z
      .array(secretReferenceSchema)
      .min(1)
      .max(3)
      .describe(
        'Signing secrets, `whsec_` and base64; each event is signed with all, so that one can be replaced by another.',
      ),
  })
  .meta({ id: 'WebhookSettings' });

/** Events to an address of one's own. */
export type WebhookSettings = z.output<typeof webhookSettingsSchema>;
