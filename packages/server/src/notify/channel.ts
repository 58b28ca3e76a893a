/**
 * Purpose: the port through which Sluice tells the world what happened. `channel.contract.ts` says what each adapter promises.
 *
 * An adapter keeps nothing: attempts, order, throttling and what was told before are the business of the one who calls.
 */
import type { Notice } from '@sluice/core/notify/notice.ts';
import type { SecretReference } from '@sluice/protocol/channels/secret-reference.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';

/** Where notices can go. */
export const CHANNEL_KINDS = [
  'webhook',
  'slack',
  'teams',
  'discord',
  'email',
  'pagerduty',
  'jira',
  'github',
  'gitlab',
] as const;

/** Where notices can go. */
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** What came of an attempt. */
export type Delivered =
  | {
      readonly ok: true;
      /** How the receiver names what it got, so that later notices of the same rollout join it; null when it has no name. */
      readonly reference: string | null;
    }
  | {
      readonly ok: false;
      /** Whether another attempt may go better: not for what the receiver calls wrong, gone or forbidden. */
      readonly retry: boolean;
      /** How long the receiver asks to be left alone, in ms; null when it did not say. */
      readonly retryAfterMs: number | null;
      /** Whether the receiver wants nothing more, ever: the channel is switched off until a person switches it on. */
      readonly gone?: boolean;
      /** What went wrong in one sentence of 500 characters at most, without secrets. */
      readonly message: string;
    };

/** What an attempt may use. Fetch and connect are the only ways out. */
export interface DeliveryContext extends Outgoing {
  /** Ends the attempt when its time is up. */
  readonly signal: AbortSignal;
}

/** One place to tell. */
export interface Channel {
  readonly kind: ChannelKind;
  /** Tells it once. The world's failures are answers; only a bug throws. */
  deliver(notice: Notice, context: DeliveryContext): Promise<Delivered>;
}

/** Reads the value of a secret from where it lies, each time anew; throws a `SluiceError` `not-found` that names the place only. */
export type ReadSecret = (reference: SecretReference) => Promise<string>;

/** A kind of channel: how one is made from what somebody said when it was added. */
export interface ChannelAdapter<Settings> {
  readonly kind: ChannelKind;
  /**
   * Addresses that it will speak to, as far as the settings say them without reading a secret: they are checked when the
   * channel is added. `tcp://host:port` for what is not HTTP.
   */
  destinations(settings: Settings): readonly string[];
  /** Opens the channel; secrets are read at each delivery, as they are renewed. */
  open(settings: Settings, readSecret: ReadSecret): Channel;
}
