/**
 * Purpose: votes that people give with the buttons of a message in Slack.
 *
 * 1. Only what Slack has signed is believed, within five minutes, and once. 2. Who presses is the member that the channel says this Slack
 * user is, with the roles that the member has now: Slack decides nothing about what somebody may do. 3. The vote goes the way of all votes.
 */
import { createHash } from 'node:crypto';
import type { Caller } from '@sluice/core/access/caller.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type { Permission } from '@sluice/core/access/permissions.ts';
import type { ChannelSettings } from '@sluice/protocol/channels/channel-settings.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import type { Database } from '../store/database/open-database.ts';
import { findChannel } from '../store/notify/channels.ts';
import { listToldRollouts } from '../store/notify/outbox.ts';
import { rolloutId } from '@sluice/core/kernel/ids.ts';
import type { ReadSecret } from './channel.ts';
import { isSlacks, type Press, readPress, type SlackRequest } from './read-press.ts';

/** What presses are taken in with. */
export interface PressParts {
  readonly db: Database;
  readonly tenant: string;
  readonly now: () => Instant;
  readonly readSecret: ReadSecret;
  readonly outgoing: Pick<Outgoing, 'fetch'>;
  /** A member with its present roles; null when there is none. */
  readonly callerOf: (subject: string) => Promise<Caller | null>;
  readonly may: (caller: Caller, permission: Permission, track: string) => Promise<boolean>;
  /** False when it was noted before, here or by another server. */
  readonly firstTime: (key: string) => Promise<boolean>;
  readonly vote: (
    track: string,
    caller: Caller,
    request: {
      readonly decision: Press['decision'];
      readonly reason?: string;
      readonly rollout: string;
      readonly by: string;
    },
  ) => Promise<Result<null, Problem>>;
}

/** What becomes of a request: 401 for what is not Slack's, 404 where no channel takes presses, 200 for all else. */
export type PressStatus = 200 | 401 | 404;

/** Takes in what Slack sends. */
export interface SlackPresses {
  /** Whose channels these are; stands in the address that Slack sends to. */
  readonly organisation: string;
  press(channel: string, request: SlackRequest): Promise<PressStatus>;
}

type SlackSettings = Extract<ChannelSettings, { kind: 'slack' }>;

/** Opens the way for presses. */
export function slackPresses(parts: PressParts): SlackPresses {
  return {
    organisation: parts.tenant,
    press: async (name, request) => {
      const settings = await slackSettings(parts, name);
      if (settings === null || settings.signingSecret === undefined) return 404;
      const secret = await parts.readSecret(settings.signingSecret).catch(() => null);
      if (secret === null || !isSlacks(request, secret, parts.now())) return 401;
      const key = createHash('sha256')
        .update(`slack ${name} ${request.signature ?? ''}`)
        .digest('hex');
      if (!(await parts.firstTime(`slack-${key}`))) return 401;
      const press = readPress(request.body);
      // Slack tells of every button, also of the one that opens a link.
      if (press === null) return 200;
      await answer(parts, press, await voteOf(parts, settings, press));
      return 200;
    },
  };
}

async function slackSettings({ db, tenant }: PressParts, name: string): Promise<SlackSettings | null> {
  const row = await findChannel(db, tenant, name);
  const settings = row?.settings as ChannelSettings | undefined;
  return settings?.kind === 'slack' && row?.disabledReason === null ? settings : null;
}

/** Gives the vote; the words are for whoever pressed. */
async function voteOf(parts: PressParts, { members = {} }: SlackSettings, press: Press): Promise<string> {
  const subject = Object.hasOwn(members, press.user) ? members[press.user] : undefined;
  const caller = subject === undefined ? null : await parts.callerOf(subject);
  if (caller === null)
    return 'Sluice does not know who you are: your Slack user has to stand under `members` of this channel, as a member of the organisation.';
  const [rollout] = await listToldRollouts(parts.db, parts.tenant, [rolloutId(press.rollout)]);
  if (rollout === undefined) return `There is no rollout ${press.rollout} any more.`;
  if (!(await parts.may(caller, 'delivery:approve', rollout.trackId)))
    return `${caller.subject} may not approve releases of ${rollout.trackId}.`;
  const given = await parts.vote(rollout.trackId, caller, {
    ...{ decision: press.decision, rollout: press.rollout, by: caller.subject },
    ...(press.decision === 'reject' ? { reason: 'rejected in Slack' } : {}),
  });
  if (!given.ok) return [given.refusal.detail, given.refusal.remedy].filter(Boolean).join(' ');
  return `You have ${press.decision === 'approve' ? 'approved' : 'rejected'} ${rollout.versionLabel} of ${rollout.trackId}.`;
}

/** Tells whoever pressed what came of it; that nobody hears it changes nothing. */
async function answer({ outgoing }: PressParts, { responseUrl }: Press, text: string): Promise<void> {
  if (responseUrl === null) return;
  await outgoing
    .fetch(responseUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({
        response_type: 'ephemeral',
        replace_original: false,
        text: text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
      }),
      signal: AbortSignal.timeout(2_000),
    })
    .catch(() => undefined);
}
