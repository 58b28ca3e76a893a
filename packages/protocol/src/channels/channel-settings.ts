import { z } from 'zod';
import { discordSettingsSchema } from './discord-settings.ts';
import { emailSettingsSchema } from './email-settings.ts';
import { githubSettingsSchema } from './github-settings.ts';
import { gitlabSettingsSchema } from './gitlab-settings.ts';
import { jiraSettingsSchema } from './jira-settings.ts';
import { pagerdutySettingsSchema } from './pagerduty-settings.ts';
import { slackSettingsSchema } from './slack-settings.ts';
import { teamsSettingsSchema } from './teams-settings.ts';
import { webhookSettingsSchema } from './webhook-settings.ts';

/** Where notices go and how, by the kind of channel. */
export const channelSettingsSchema = z
  .discriminatedUnion('kind', [
    webhookSettingsSchema,
    slackSettingsSchema,
    teamsSettingsSchema,
    discordSettingsSchema,
    emailSettingsSchema,
    pagerdutySettingsSchema,
    jiraSettingsSchema,
    githubSettingsSchema,
    gitlabSettingsSchema,
  ])
  .meta({ id: 'ChannelSettings' });

/** Where notices go and how. */
export type ChannelSettings = z.output<typeof channelSettingsSchema>;
