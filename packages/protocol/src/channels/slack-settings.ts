import { z } from 'zod';
import { secretReferenceSchema } from './secret-reference.ts';

/** Messages in Slack: as an app with a token, or by an incoming webhook. */
export const slackSettingsSchema = z
  .strictObject({
    kind: z.literal('slack'),
    token: secretReferenceSchema
      .optional()
      .describe(
        'The bot token of a Slack app, `xoxb-…`, with the scope `chat:write`; gives threads and buttons.',
      ),
    channel: z
      .string()
      .regex(/^([CGD][A-Z0-9]{6,20}|#?[^\s#@<>,]{1,80})$/u)
      .optional()
      .describe('Where an app posts: the id of a channel (better, names change) or its name.'),
    webhook: secretReferenceSchema
      .optional()
      .describe('Instead of token and channel: the address of an incoming webhook, which is a secret.'),
    signingSecret: secretReferenceSchema
      .optional()
      .describe('Of the Slack app; with it, messages have buttons to approve and reject.'),
    members: z
      .record(z.string().regex(/^[UW][A-Z0-9]{6,20}$/), z.string().min(1).max(200))
      .optional()
      .describe('Which Slack user is which subject, `U024BE7LH: person:ada`; others may not press buttons.'),
    api: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .default('https://slack.com/api/')
      .describe('Where the Web API stands; another one for GovSlack.'),
  })
  .refine(({ token, channel, webhook }) => (webhook ? !token && !channel : token && channel), {
    error:
      'A Slack channel needs `token` and `channel` of an app, or else `webhook` alone. Write one of the two.',
  })
  .meta({ id: 'SlackSettings' });

/** Messages in Slack. */
export type SlackSettings = z.output<typeof slackSettingsSchema>;
