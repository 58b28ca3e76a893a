import { z } from 'zod';
import { secretReferenceSchema } from './secret-reference.ts';

/** Alerts and changes of a service in PagerDuty, by Events API v2. */
export const pagerdutySettingsSchema = z
  .strictObject({
    kind: z.literal('pagerduty'),
    routingKey: secretReferenceSchema.describe('The integration key of the service, 32 characters.'),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .default('https://events.pagerduty.com')
      .describe('Where events are sent; `https://events.eu.pagerduty.com` for accounts in the EU.'),
    alertFrom: z
      .enum(['notice', 'warning', 'critical'])
      .default('warning')
      .describe('From which severity on a notice opens an alert; what is below is sent as a change.'),
    alertPer: z
      .enum(['rollout', 'track'])
      .default('rollout')
      .describe('Whether each rollout has an alert of its own, or each track has one for all its rollouts.'),
    changes: z
      .boolean()
      .default(true)
      .describe('Whether beginnings and ends of rollouts are sent as change events, which wake nobody.'),
  })
  .meta({ id: 'PagerdutySettings' });

/** Alerts and changes of a service in PagerDuty. */
export type PagerdutySettings = z.output<typeof pagerdutySettingsSchema>;
