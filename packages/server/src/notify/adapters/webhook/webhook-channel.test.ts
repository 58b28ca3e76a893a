import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardedOutgoing, type GuardedOutgoing } from '../../../outgoing/guarded-outgoing.ts';
import { parseOutgoingRules } from '../../../outgoing/outgoing-rules.ts';
import { describeChannelContract } from '../../channel.contract.ts';
import type { ReadSecret } from '../../channel.ts';
import { sampleNotice } from '../../testing/sample-notice.ts';
import { type WebhookReceiver, webhookReceiver } from '../../testing/webhook-receiver.ts';
import { webhookAdapter } from './webhook-channel.ts';

const OLD = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NEW = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const VALUES: Readonly<Record<string, string>> = { OLD, NEW, PLAIN: 'correct horse battery staple' };
const readSecret: ReadSecret = async (reference) => ('env' in reference ? (VALUES[reference.env] ?? '') : '');
const channelAt = (url: string, ...secrets: readonly string[]) =>
  webhookAdapter.open({ kind: 'webhook', url, secrets: secrets.map((env) => ({ env })) }, readSecret);

describeChannelContract('a webhook', async () => {
  const receiver = await webhookReceiver([OLD, NEW]);
  return {
    channel: channelAt(receiver.url, 'OLD', 'NEW'),
    channelTo: (port) => channelAt(`http://127.0.0.1:${port}/`, 'OLD'),
    secrets: [OLD, NEW],
    mood: (mood) => {
      receiver.mood = mood;
    },
    taken: () => receiver.taken.map(({ body }) => body),
    faults: () => receiver.faults,
    harmful: [/[\r\n]/],
    retriesRefusals: true,
    saysWhen: true,
    close: () => receiver.close(),
  };
});

describe('a webhook', () => {
  let receiver: WebhookReceiver;
  let outgoing: GuardedOutgoing;
  beforeEach(async () => {
    receiver = await webhookReceiver([OLD]);
    const rules = parseOutgoingRules('127.0.0.1');
    outgoing = guardedOutgoing(rules.ok ? rules.value : []);
  });
  afterEach(async () => {
    await outgoing.close();
    await receiver.close();
  });
  const context = () => ({
    fetch: outgoing.fetch,
    connect: outgoing.connect,
    signal: AbortSignal.timeout(5_000),
  });
  const tell = (...secrets: readonly string[]) =>
    channelAt(receiver.url, ...secrets).deliver(sampleNotice(), context());

  it('is switched off by a receiver that is gone', async () => {
    receiver.status = 410;
    expect(await tell('OLD')).toMatchObject({ ok: false, retry: false, gone: true });
  });

  it('follows no redirect', async () => {
    receiver.status = 307;
    expect(await tell('OLD')).toMatchObject({ ok: false, retry: false });
  });

  it('says the words and the link beside the event', async () => {
    await tell('OLD');
    const event = JSON.parse(receiver.taken[0]?.body ?? '');
    expect(event).toMatchObject({
      ...{ specversion: '1.0', type: 'dev.sluice.rollout.held.v1', subject: 'shop/production/web/ro-7' },
      data: { rollout: 'ro-7', severity: 'warning', link: 'https://sluice.example/rollouts/ro-7' },
    });
    expect(event.data.words.sentence).toContain('The error rate');
  });

  it('signs with a secret that is no key of the standard by its own bytes', async () => {
    await tell('PLAIN');
    const [message] = receiver.taken;
    const key = new TextEncoder().encode(VALUES['PLAIN'] ?? '');
    const known = new Webhook(key, { format: 'raw' });
    expect(() => known.verify(message?.body ?? '', message?.headers ?? {})).not.toThrow();
  });

  it('is not taken by a receiver with another secret, nor a second time after its window', async () => {
    await tell('NEW');
    expect(receiver.faults).toEqual([expect.stringContaining('signature')]);
    receiver.faults.length = 0;
    await tell('OLD');
    const [, message] = receiver.taken;
    const headers = { ...message?.headers, 'webhook-timestamp': String(Date.now() / 1000 - 3_600) };
    expect(() => new Webhook(OLD).verify(message?.body ?? '', headers)).toThrow();
  });

  it('goes to nothing inside, and is not tried again for it', async () => {
    const guarded = guardedOutgoing([]);
    try {
      const delivered = await channelAt(receiver.url, 'OLD').deliver(sampleNotice(), {
        ...context(),
        fetch: guarded.fetch,
      });
      expect(delivered).toMatchObject({
        ok: false,
        retry: false,
        message: expect.stringContaining('--allow-outgoing'),
      });
      expect(receiver.taken).toEqual([]);
    } finally {
      await guarded.close();
    }
  });
});
