import { discordAdapter } from './notify/adapters/discord/discord-channel.ts';
import { emailAdapter } from './notify/adapters/email/email-channel.ts';
import { githubAdapter } from './notify/adapters/github/github-channel.ts';
import { gitlabAdapter } from './notify/adapters/gitlab/gitlab-channel.ts';
import { jiraAdapter } from './notify/adapters/jira/jira-channel.ts';
import { pagerdutyAdapter } from './notify/adapters/pagerduty/pagerduty-channel.ts';
import { slackAdapter } from './notify/adapters/slack/slack-channel.ts';
import { teamsAdapter } from './notify/adapters/teams/teams-channel.ts';
import { webhookAdapter } from './notify/adapters/webhook/webhook-channel.ts';
import type { ChannelAdapters } from './notify/notify-parts.ts';

/** Every kind of channel that is served. */
export const CHANNEL_ADAPTERS: Required<ChannelAdapters> = {
  webhook: webhookAdapter,
  slack: slackAdapter,
  teams: teamsAdapter,
  discord: discordAdapter,
  email: emailAdapter,
  pagerduty: pagerdutyAdapter,
  jira: jiraAdapter,
  github: githubAdapter,
  gitlab: gitlabAdapter,
};
