/**
 * Purpose: tells notices in Slack, by Slack's own client over the guarded fetch, or by an incoming webhook.
 *
 * The first message of a rollout stands in the channel and is changed to what is so now; what happens after it is told in its
 * thread, and in the channel too when it is a warning or worse. Buttons are in the first message alone, and so never outlive
 * what they ask. The change comes before the answer in the thread: repeated, it is the same.
 */
import { WebClient } from '@slack/web-api';
import type { Notice } from '@sluice/core/notify/notice.ts';
import type { SlackSettings } from '@sluice/protocol/channels/slack-settings.ts';
import type { Channel, ChannelAdapter, Delivered, DeliveryContext, ReadSecret } from '../../channel.ts';
import { attemptDelivery } from '../attempts/attempt-delivery.ts';
import { failed } from '../attempts/delivery-failure.ts';
import { requestJson } from '../attempts/http-request.ts';
import { SILENT_LOGGER } from './silent-logger.ts';
import { failureOfCode, isMessageLost, slackFailure } from './slack-failure.ts';
import { type SlackMessage, slackMessage } from './slack-message.ts';

/** The adapter that tells notices in Slack. */
export const slackAdapter: ChannelAdapter<SlackSettings> = {
  kind: 'slack',
  destinations: ({ token, api }) => (token ? [api] : []),
  open: (settings, readSecret): Channel => ({
    kind: 'slack',
    deliver: (notice, context) => deliver(settings, readSecret, notice, context),
  }),
};

/** Where the first message of a rollout stands: the id of the channel, and the time by which Slack names messages. */
interface Place {
  readonly channel: string;
  readonly ts: string;
}

function deliver(
  { token, webhook, channel, api, signingSecret }: SlackSettings,
  readSecret: ReadSecret,
  notice: Notice,
  context: DeliveryContext,
): Promise<Delivered> {
  return attemptDelivery(readSecret, { token, webhook }, async (secrets) => {
    if (secrets.webhook !== undefined) return postToWebhook(secrets.webhook, notice, context);
    if (secrets.token === undefined || channel === undefined)
      return failed('The Slack channel has neither a token with a channel nor a webhook.');
    const client = clientOf(secrets.token, api, context);
    try {
      return await tell(
        client,
        channel,
        notice,
        slackMessage(notice, { buttons: signingSecret !== undefined }),
      );
    } catch (thrown) {
      return slackFailure(thrown);
    }
  });
}

/** A client that reaches Slack through the guard alone, makes one attempt, and writes no log. */
const clientOf = (token: string, api: string, { fetch, signal }: DeliveryContext): WebClient =>
  new WebClient(token, {
    slackApiUrl: api,
    allowAbsoluteUrls: false,
    fetch: (url, init) => fetch(url, { ...init, signal }),
    logger: SILENT_LOGGER,
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
  });

async function tell(
  client: WebClient,
  channel: string,
  notice: Notice,
  message: SlackMessage,
): Promise<Delivered> {
  const first = placeOf(notice.earlier);
  if (first === null) return post(client, { channel, ...message });
  try {
    await client.apiCall('chat.update', { ...first, ...message });
    return await answerInThread(client, first, notice);
  } catch (thrown) {
    if (isMessageLost(thrown)) return post(client, { channel, ...message });
    throw thrown;
  }
}

/** What happened since, without buttons: they are in the first message. */
function answerInThread(client: WebClient, { channel, ts }: Place, notice: Notice): Promise<Delivered> {
  const broadcast = notice.severity === 'warning' || notice.severity === 'critical';
  return post(client, {
    channel,
    thread_ts: ts,
    ...(broadcast ? { reply_broadcast: true } : {}),
    ...slackMessage(notice, { buttons: false }),
  });
}

async function post(client: WebClient, message: Readonly<Record<string, unknown>>): Promise<Delivered> {
  const posted = await client.apiCall('chat.postMessage', {
    ...message,
    unfurl_links: false,
    unfurl_media: false,
  });
  const { channel, ts } = posted as { channel?: unknown; ts?: unknown };
  const reference = typeof channel === 'string' && typeof ts === 'string' ? `${channel}:${ts}` : null;
  return { ok: true, reference };
}

function placeOf(reference: string | null): Place | null {
  const [, channel, ts] = /^([A-Z0-9]+):([0-9.]+)$/.exec(reference ?? '') ?? [];
  return channel !== undefined && ts !== undefined ? { channel, ts } : null;
}

/** An incoming webhook has no names for messages, and so no threads; it answers `ok`, or a code in words. */
async function postToWebhook(url: string, notice: Notice, context: DeliveryContext): Promise<Delivered> {
  const answer = await requestJson(context, {
    provider: 'Slack',
    method: 'POST',
    url,
    json: slackMessage(notice, { buttons: false }),
  });
  if (answer.ok) return { ok: true, reference: null };
  const code = typeof answer.body === 'string' && /^[a-z_]{3,60}$/.test(answer.body) ? answer.body : null;
  if (answer.status === null || answer.failure.retry || code === null) return answer.failure;
  const failure = failureOfCode(code);
  return code === 'no_service' ? { ...failure, gone: true } : failure;
}
