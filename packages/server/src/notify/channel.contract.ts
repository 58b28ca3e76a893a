import { type AddressInfo, createServer } from 'node:net';
import type { Notice } from '@sluice/core/notify/notice.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GuardedOutgoing, guardedOutgoing } from '../outgoing/guarded-outgoing.ts';
import { parseOutgoingRules } from '../outgoing/outgoing-rules.ts';
import type { Channel, Delivered } from './channel.ts';
import { HOSTILE_TEXT, sampleNotice } from './testing/sample-notice.ts';

/** What the receiver answers from now on. */
export type ReceiverMood =
  | { readonly kind: 'well' }
  /** As the receiver says that it wants no request now: HTTP 429, or what comes nearest; after so many seconds, where it can say so. */
  | { readonly kind: 'busy'; readonly retryAfterSeconds: number | null }
  /** An outage of its own: HTTP 503, or what comes nearest. */
  | { readonly kind: 'broken' }
  /** The message is wrong: HTTP 400, or what comes nearest. The answer quotes the secret that it was given, as careless ones do. */
  | { readonly kind: 'refuses' }
  /** Takes the request and never answers. */
  | { readonly kind: 'silent' };

/** A receiver that checks what it is sent by the rules of the provider, as the contract sees it. */
export interface ChannelSubject {
  /** A channel whose secrets are `secrets` and that speaks to the receiver. */
  readonly channel: Channel;
  /** The same channel, whose receiver is at a port where nobody listens. */
  channelTo(port: number): Channel;
  /** Values that must stand in no message. */
  readonly secrets: readonly string[];
  mood(mood: ReceiverMood): void;
  /** Everything that was taken, in order; each as one text that holds all that a reader would see. */
  taken(): readonly string[];
  /** What the receiver found wrong by the provider's rules: each is a failure of the adapter. */
  faults(): readonly string[];
  /** What of a hostile text would do harm for readers of this provider, when it stands in a taken message as it is. */
  readonly harmful: readonly (string | RegExp)[];
  /** Whether an answer that calls the message wrong is worth another attempt. */
  readonly retriesRefusals: boolean;
  /** Whether the receiver can say how long it wants to rest. */
  readonly saysWhen: boolean;
  close(): Promise<void>;
}

const WITHIN_MS = 10_000;

/** What every channel promises, tried against a receiver that is strict. */
export function describeChannelContract(name: string, makeSubject: () => Promise<ChannelSubject>): void {
  describe(`${name} as a channel`, () => {
    let subject: ChannelSubject;
    let outgoing: GuardedOutgoing;
    let sequence = 0;

    beforeAll(async () => {
      subject = await makeSubject();
      const rules = parseOutgoingRules('127.0.0.0/8,::1');
      if (!rules.ok) throw new Error(rules.refusal.message);
      outgoing = guardedOutgoing(rules.value);
    });
    beforeEach(() => subject.mood({ kind: 'well' }));
    afterAll(async () => {
      await outgoing.close();
      await subject.close();
    });

    const fresh = (changes: Partial<Notice> = {}): Notice => {
      const notice = sampleNotice(changes);
      return { ...notice, event: { ...notice.event, id: `event-${++sequence}` } };
    };
    const deliver = (
      notice: Notice,
      { channel = subject.channel, signal = AbortSignal.timeout(WITHIN_MS) } = {},
    ): Promise<Delivered> =>
      channel.deliver(notice, { fetch: outgoing.fetch, connect: outgoing.connect, signal });
    const refusedBy = async (notice: Notice, how: Parameters<typeof deliver>[1] = {}) => {
      const delivered = await deliver(notice, how);
      if (delivered.ok) throw new Error('it was delivered');
      expect(delivered.message.length).toBeLessThanOrEqual(500);
      expect(delivered.message.length).toBeGreaterThan(0);
      for (const secret of subject.secrets) expect(delivered.message).not.toContain(secret);
      return delivered;
    };

    it('tells a notice once, by the rules of its provider', async () => {
      const before = subject.taken().length;
      expect(await deliver(fresh())).toMatchObject({ ok: true });
      expect(subject.taken()).toHaveLength(before + 1);
      expect(subject.faults()).toEqual([]);
      expect(subject.taken().at(-1)).toContain('1.4.2');
    });

    it('tells what follows where it told the first of a rollout', async () => {
      const first = await deliver(fresh());
      if (!first.ok) throw new Error(first.message);
      expect(await deliver(fresh({ earlier: first.reference }))).toMatchObject({ ok: true });
      expect(subject.faults()).toEqual([]);
    });

    it('tells what is about no rollout', async () => {
      expect(await deliver(fresh({ about: null, link: null }))).toMatchObject({ ok: true });
      expect(subject.faults()).toEqual([]);
    });

    it('waits as long as a busy receiver asks for', async () => {
      subject.mood({ kind: 'busy', retryAfterSeconds: 7 });
      const delivered = await refusedBy(fresh());
      expect(delivered.retry).toBe(true);
      if (subject.saysWhen) expect(delivered.retryAfterMs).toBe(7_000);
    });

    it('tries again when the receiver is broken', async () => {
      subject.mood({ kind: 'broken' });
      expect(await refusedBy(fresh())).toMatchObject({ retry: true });
    });

    it('says what the receiver calls wrong, without its secrets', async () => {
      subject.mood({ kind: 'refuses' });
      expect(await refusedBy(fresh())).toMatchObject({ retry: subject.retriesRefusals });
    });

    it('tries again when nobody listens', async () => {
      const channel = subject.channelTo(await closedPort());
      expect(await refusedBy(fresh(), { channel })).toMatchObject({ retry: true });
    });

    it('ends an attempt whose time is up, and tries again', async () => {
      subject.mood({ kind: 'silent' });
      expect(await refusedBy(fresh(), { signal: AbortSignal.timeout(300) })).toMatchObject({ retry: true });
    });

    it('lets nothing that people wrote do harm', async () => {
      const notice = fresh();
      const words = { title: HOSTILE_TEXT, sentence: HOSTILE_TEXT, next: HOSTILE_TEXT, action: HOSTILE_TEXT };
      const about = notice.about && {
        ...notice.about,
        version: HOSTILE_TEXT,
        requestedBy: HOSTILE_TEXT,
        source: notice.about.source && { ...notice.about.source, message: HOSTILE_TEXT, ref: HOSTILE_TEXT },
      };
      expect(await deliver({ ...notice, words, about })).toMatchObject({ ok: true });
      expect(subject.faults()).toEqual([]);
      const taken = subject.taken().at(-1) ?? '';
      for (const harm of subject.harmful)
        expect(taken).not.toMatch(harm instanceof RegExp ? harm : literal(harm));
    });

    it('keeps what is endless within what the provider takes', async () => {
      const endless = 'long & winding <road> '.repeat(5_000);
      const words = { title: endless, sentence: endless, next: endless, action: endless };
      expect(await deliver(fresh({ words }))).toMatchObject({ ok: true });
      expect(subject.faults()).toEqual([]);
    });
  });
}

const literal = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
