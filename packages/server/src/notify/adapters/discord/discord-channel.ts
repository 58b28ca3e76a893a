/**
 * Purpose: tells notices in Discord, by a webhook of one of its channels.
 *
 * What merely goes on is written into the first message of its rollout, which calls nobody; what somebody should see is a message
 * of its own.
 */
import type { Notice } from '@sluice/core/notify/notice.ts';
import type { DiscordSettings } from '@sluice/protocol/channels/discord-settings.ts';
import type { Channel, ChannelAdapter, Delivered, DeliveryContext, ReadSecret } from '../../channel.ts';
import { attemptDelivery } from '../attempts/attempt-delivery.ts';
import { failed } from '../attempts/delivery-failure.ts';
import { type HttpAnswer, requestJson } from '../attempts/http-request.ts';
import { discordMessage } from './discord-message.ts';

/** The adapter that tells notices in Discord. */
export const discordAdapter: ChannelAdapter<DiscordSettings> = {
  kind: 'discord',
  destinations: () => [],
  open: (settings, readSecret): Channel => ({
    kind: 'discord',
    deliver: (notice, context) => deliver(settings, readSecret, notice, context),
  }),
};

const UNKNOWN_MESSAGE = 10_008;
const UNKNOWN_WEBHOOK = 10_015;

function deliver(
  { webhook, thread }: DiscordSettings,
  readSecret: ReadSecret,
  notice: Notice,
  context: DeliveryContext,
): Promise<Delivered> {
  return attemptDelivery(readSecret, { webhook }, async (secrets) => {
    if (!URL.canParse(secrets.webhook)) return failed('The secret of the Discord channel is no address.');
    const first = notice.severity === 'info' && notice.about?.stage !== 'succeeded' ? notice.earlier : null;
    if (first !== null && /^\d+$/.test(first)) {
      const changed = await send(addressOf(secrets.webhook, thread, first), 'PATCH', notice, context);
      if (changed.ok) return { ok: true, reference: first };
      if (codeOf(changed) !== UNKNOWN_MESSAGE) return failureOf(changed);
    }
    const posted = await send(addressOf(secrets.webhook, thread, null), 'POST', notice, context);
    return posted.ok ? { ok: true, reference: idOf(posted.body) } : failureOf(posted);
  });
}

/** `…/webhooks/ID/TOKEN`, which answers with the message when it is asked to wait, or that of a message that was posted before. */
function addressOf(webhook: string, thread: string | undefined, message: string | null): URL {
  const url = new URL(webhook);
  if (message === null) url.searchParams.set('wait', 'true');
  else url.pathname = `${url.pathname.replace(/\/$/, '')}/messages/${message}`;
  if (thread !== undefined) url.searchParams.set('thread_id', thread);
  return url;
}

function send(
  url: URL,
  method: 'POST' | 'PATCH',
  notice: Notice,
  context: DeliveryContext,
): Promise<HttpAnswer> {
  const { username, ...changed } = discordMessage(notice);
  const json = method === 'POST' ? { username, ...changed } : changed;
  return requestJson(context, { provider: 'Discord', method, url, json });
}

function failureOf(answer: HttpAnswer & { readonly ok: false }): Delivered {
  if (codeOf(answer) === UNKNOWN_WEBHOOK)
    return failed('The webhook was deleted in Discord. Make another one.', { gone: true });
  return { ...answer.failure, retryAfterMs: answer.failure.retryAfterMs ?? restOf(answer.body) };
}

/** The number by which Discord names what is wrong. */
const codeOf = ({ body }: HttpAnswer): unknown => fieldOf(body, 'code');

/** `retry_after` in a refusal, in seconds with a fraction; as ms. */
function restOf(body: unknown): number | null {
  const seconds = fieldOf(body, 'retry_after');
  return typeof seconds === 'number' && seconds >= 0 ? Math.ceil(seconds * 1000) : null;
}

function idOf(body: unknown): string | null {
  const id = fieldOf(body, 'id');
  return typeof id === 'string' ? id : null;
}

const fieldOf = (body: unknown, name: string): unknown =>
  typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
