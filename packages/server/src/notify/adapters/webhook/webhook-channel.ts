/**
 * Purpose: events to an address of one's own: CloudEvents in structured mode, signed by the rules of Standard Webhooks.
 *
 * The id of the event is the id of the message, at each attempt the same, so that the receiver knows what it has had.
 */
import type { CloudEvent, Notice } from '@sluice/core/notify/notice.ts';
import type { WebhookSettings } from '@sluice/protocol/channels/webhook-settings.ts';
import { Webhook } from 'standardwebhooks';
import type { Channel, ChannelAdapter, Delivered, DeliveryContext, ReadSecret } from '../../channel.ts';
import { beginningOf, failedAttempt, notDelivered, refusedAnswer } from '../http-delivery.ts';

/** How webhooks are made from what somebody said of them. */
export const webhookAdapter: ChannelAdapter<WebhookSettings> = {
  kind: 'webhook',
  destinations: ({ url }) => (typeof url === 'string' ? [url] : []),
  open: (settings, readSecret): Channel => ({
    kind: 'webhook',
    deliver: async (notice, context) => {
      const used: string[] = [];
      try {
        return await post(await openSettings(settings, readSecret, used), notice, context, used);
      } catch (thrown) {
        return failedAttempt(thrown, 'the receiver', used);
      }
    },
  }),
};

interface Opened {
  readonly url: string;
  readonly signers: readonly Webhook[];
}

async function openSettings(
  { url, secrets }: WebhookSettings,
  readSecret: ReadSecret,
  used: string[],
): Promise<Opened> {
  const read = async (reference: Parameters<ReadSecret>[0]): Promise<string> => {
    const value = await readSecret(reference);
    used.push(value, value.replace(/^whsec_/, ''));
    return value;
  };
  const keys = await Promise.all(secrets.map(read));
  return {
    url: typeof url === 'string' ? url : await read(url),
    signers: keys.map((key) => signerOf(key)),
  };
}

/** A secret that is not in the form of the standard signs with its own bytes. */
function signerOf(key: string): Webhook {
  return /^whsec_[A-Za-z0-9+/]+=*$/.test(key)
    ? new Webhook(key)
    : new Webhook(new TextEncoder().encode(key), { format: 'raw' });
}

async function post(
  { url, signers }: Opened,
  notice: Notice,
  { fetch, signal }: DeliveryContext,
  secrets: readonly string[],
): Promise<Delivered> {
  const body = JSON.stringify(webhookEvent(notice));
  const sentAt = new Date();
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'Sluice-Webhooks/1',
      'webhook-id': notice.event.id,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
      'webhook-signature': signers.map((signer) => signer.sign(notice.event.id, sentAt, body)).join(' '),
    },
    body,
    signal,
  });
  const said = await beginningOf(answer);
  if (answer.status >= 200 && answer.status < 300) return { ok: true, reference: null };
  if (answer.status === 410) return { ...gone(secrets), gone: true };
  const refused = refusedAnswer(answer, { who: 'the receiver', said, secrets });
  // Receivers that are being deployed answer 404 and the like: by the standard each is worth another attempt.
  return { ...refused, retry: refused.retry || (answer.status >= 400 && answer.status !== 413) };
}

const gone = (secrets: readonly string[]) =>
  notDelivered('the receiver answered 410: it wants nothing more.', { retry: false, secrets });

/** What is posted: the event, with the words and the link beside what it says already. */
function webhookEvent({ event, severity, words, link }: Notice): CloudEvent {
  return { ...event, data: { ...event.data, severity, words: { ...words }, link } };
}
