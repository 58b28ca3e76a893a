import type { ChannelView } from '@sluice/protocol/http/channels.ts';
import type { ChannelRegistry } from '../../notify/channel-registry.ts';

/**
 * Whether people vote by a channel. Whoever says which Slack user is which member, or knows with what Slack signs, votes in the
 * name of any of them: that is for those who could give the role themselves.
 */
export const letsVote = ({ kind, ...settings }: ChannelView['settings']): boolean =>
  kind === 'slack' && Object.keys(Object(settings['members'])).length > 0;

/** No organisation has as many channels. */
const MOST_AT_ONCE = 1_000;

/** Whether a kept secret is that with which Slack signs votes. */
export async function signsVotes(channels: ChannelRegistry | undefined, secret: string): Promise<boolean> {
  const { items } = (await channels?.channels({ cursor: null, limit: MOST_AT_ONCE })) ?? { items: [] };
  return items.some(({ settings }) => {
    const { secret: signing } = Object(settings['signingSecret']) as { secret?: unknown };
    return signing === secret && letsVote(settings);
  });
}
